// The shapes of the API as docs/openapi.json has them; what is written out here says why.
import type { components } from './schema.gen.ts';

type Schemas = components['schemas'];

/** What JSON.parse can give. The document calls it "any value" (`unknown`), which takes functions too. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A schema of an answer: what it leaves open came as JSON. */
type Answer<T> = unknown extends T ? Json : { [K in keyof T]: Answer<T[K]> };

/** All values of a union as a list: one that is missing or unknown does not compile. */
export function all<T>() {
  return <const L extends readonly T[]>(list: L & ([T] extends [L[number]] ? L : never)): L => list;
}

export type Fault = Schemas['Fault'];

export type LoginBody = Schemas['LoginBody'];
export type LoginAnswer = Schemas['LoginAnswer'];
export type SetupBody = Schemas['SetupBody'];
export type Me = Schemas['Me'];
export type User = Schemas['User'];
export type UserBody = Schemas['UserBody'];
export type UserPage = Schemas['UserPage'];
export type UserPatch = Schemas['UserPatch'];
export type UserRecords = Schemas['UserRecords'];
export type Session = Schemas['Session'];
export type SessionPage = Schemas['SessionPage'];
export type ResetLink = Schemas['ResetLink'];

/** What GET / answers: that route has no schema. */
export interface Instance {
  name: string;
  version: string;
}

export type Collection = Answer<Schemas['Collection']>;
export type CollectionList = Answer<Schemas['CollectionList']>;
export type CollectionCreate = Schemas['CollectionCreate'];
export type CollectionUpdate = Schemas['CollectionUpdate'];
export type CollectionOptions = Schemas['CollectionOptions'];
export type AccessRules = Readonly<Schemas['AccessRules']>;
export type Operation = keyof AccessRules;
export type AccessLevel = AccessRules[Operation];
export type Field = Answer<Schemas['Field']>;
/** What a field and an item of a list have in common, for inputs that serve both; an item has fewer. */
export type FieldRules = Omit<Field, 'name'>;
export type FieldType = Field['type'];

export const OPERATIONS = all<Operation>()(['list', 'read', 'create', 'update', 'delete']);
export const ACCESS_LEVELS = all<AccessLevel>()(['public', 'auth', 'owner', 'admin']);

/** What a change of a collection would do, and each of its parts. */
export type CollectionPlan = Schemas['CollectionPlan'];
export type PlannedChange = Schemas['PlannedChange'];
export type CompositeIndex = Readonly<Schemas['CompositeIndex']>;

/** The document cannot say what is expanded: a record of another collection, or an account. */
export type RecordItem = Omit<Answer<Schemas['Record']>, 'expanded'> & {
  expanded?: Readonly<Record<string, RecordItem | User | null>>;
};
export type RecordList = Omit<Answer<Schemas['RecordList']>, 'items'> & {
  items: readonly RecordItem[];
};
export type RecordData = RecordItem['data'];
export type ImportResult = Schemas['ImportResult'];

export type AdminFunction = Answer<Schemas['AdminFunction']>;
export type AdminFunctionPage = Answer<Schemas['AdminFunctionPage']>;
export type FunctionAccess = AdminFunction['auth'];
export type FunctionSource = Schemas['FunctionSource'];
export type JsonSchema = NonNullable<AdminFunction['input_schema']>;
export type LoadError = Schemas['LoadError'];

export type FunctionCall = Schemas['FunctionCall'];
export type FunctionCallPage = Schemas['FunctionCallPage'];
export type FunctionCallHistogram = Schemas['FunctionCallHistogram'];
export type FunctionMetrics = Schemas['FunctionMetrics'];
export type Deployment = Schemas['Deployment'];
export type DeploymentPage = Schemas['DeploymentPage'];
export type DeploymentChanges = Schemas['DeploymentChanges'];
export type ActivatedDeployment = Schemas['ActivatedDeployment'];
export type CallStatus = FunctionCall['status'];
export type TriggerType = FunctionCall['trigger_type'];
export type CallSuccess = Answer<Schemas['CallSuccess']>;
export type CallFailed = Answer<Schemas['CallFailed']>;

export const CALL_STATUSES = all<CallStatus>()(['running', 'succeeded', 'failed']);
export const TRIGGER_TYPES = all<TriggerType>()(['manual', 'schedule']);

export type FunctionSchedule = Schemas['FunctionSchedule'];
export type SchedulePage = Schemas['SchedulePage'];
export type SchedulePreview = Schemas['SchedulePreview'];
export type Schedule = Schemas['Schedule'];

export type Settings = Schemas['Settings'];
export type SettingsPatch = Schemas['SettingsPatch'];
export type ConfigEntry = Schemas['ConfigEntry'];
export type MailKind = keyof Settings['mail_templates'];
/** Own texts in place of those that come with the server. */
export type MailTemplate = NonNullable<Settings['mail_templates'][MailKind]>;
export type MailPreviewAnswer = Schemas['MailPreviewAnswer'];

export type ApiToken = Schemas['ApiToken'];
export type ApiTokenBody = Schemas['ApiTokenBody'];
export type ApiTokenPage = Schemas['ApiTokenPage'];
export type MadeApiToken = Schemas['MadeApiToken'];
export type Scope = ApiToken['scopes'][number];

export const SCOPES = all<Scope>()([
  'records:read',
  'records:write',
  'functions:call',
  'functions:deploy',
  'admin',
]);

export type AuditItem = Answer<Schemas['AuditItem']>;
export type AuditPage = Answer<Schemas['AuditPage']>;

export type Backup = Schemas['Backup'];
export type BackupPage = Schemas['BackupPage'];

export type Extension = Schemas['Extension'];
export type ExtensionPage = Schemas['ExtensionPage'];
export type ExtensionErrorPage = Schemas['ExtensionErrorPage'];
export type ExtensionSettings = Answer<Schemas['ExtensionSettings']>;
export type DeclaredSetting = ExtensionSettings['declared'][number];

export type Stats = Schemas['Stats'];
export type StatsRange = Stats['range'];

export const STATS_RANGES = all<StatsRange>()(['1h', '24h', '7d', '30d']);
