import { type Actor, requireScope, type Scope } from '../core/actor.ts';
import { AppError } from '../core/errors.ts';

/**
 * What an API token needs for an operation. `any`: nothing, every token will do, or none is looked at.
 * `session`: it is about a sign-in, which an API token is not.
 */
export type ScopeRule = Scope | 'any' | 'session';

/** By operationId, one line for each route. A route without a line needs `admin`. */
const TABLE = {
  getHome: 'any',
  getHealth: 'any',
  getApiHealth: 'any',
  getReady: 'any',
  getMetrics: 'admin',
  getOpenApi: 'records:read',

  register: 'any',
  login: 'any',
  setUp: 'any',
  getMe: 'any',
  logout: 'session',
  refresh: 'session',
  listSessions: 'session',
  endSession: 'session',
  changePassword: 'session',
  deleteMe: 'session',
  requestPasswordReset: 'any',
  confirmPasswordReset: 'any',
  requestEmailVerification: 'session',
  confirmEmail: 'any',
  changeEmail: 'session',

  listUsers: 'admin',
  createUser: 'admin',
  getUser: 'admin',
  updateUser: 'admin',
  deleteUser: 'admin',
  countUserRecords: 'admin',
  listUserSessions: 'admin',
  endUserSession: 'admin',
  createResetLink: 'admin',
  listApiTokens: 'admin',
  createApiToken: 'admin',
  deleteApiToken: 'admin',
  readStats: 'admin',
  downloadTypes: 'admin',
  listAudit: 'admin',
  listBackups: 'admin',
  createBackup: 'admin',
  getBackup: 'admin',
  checkBackup: 'admin',
  downloadBackup: 'session',
  deleteBackup: 'admin',
  readSettings: 'admin',
  updateSettings: 'admin',
  sendTestMail: 'admin',
  previewMail: 'admin',

  listExtensions: 'admin',
  getExtension: 'admin',
  updateExtension: 'admin',
  deleteExtension: 'admin',
  listExtensionErrors: 'admin',
  getExtensionSettings: 'admin',
  updateExtensionSettings: 'admin',

  listCollections: 'records:read',
  getCollection: 'records:read',
  createCollection: 'admin',
  updateCollection: 'admin',
  deleteCollection: 'admin',

  listRecords: 'records:read',
  getRecord: 'records:read',
  exportRecords: 'records:read',
  createRecord: 'records:write',
  updateRecord: 'records:write',
  deleteRecord: 'records:write',
  changeRecords: 'records:write',
  importRecords: 'records:write',

  listFunctions: 'functions:call',
  getFunctionSchema: 'functions:call',
  callFunction: 'functions:call',

  deployFunctions: 'functions:deploy',
  listDeployments: 'functions:deploy',
  compareDeployment: 'functions:deploy',
  activateDeployment: 'functions:deploy',

  listSchedules: 'admin',
  createSchedule: 'admin',
  previewSchedule: 'admin',
  getSchedule: 'admin',
  updateSchedule: 'admin',
  deleteSchedule: 'admin',
  runSchedule: 'admin',

  listAdminFunctions: 'admin',
  getFunctionSource: 'admin',
  listFunctionCalls: 'admin',
  listFunctionCallsAlias: 'admin',
  readFunctionCallHistogram: 'admin',
  getFunctionCall: 'admin',
  readFunctionMetrics: 'admin',
} as const satisfies Record<string, ScopeRule>;

export const SCOPE_RULES: ReadonlyMap<string, ScopeRule> = new Map(Object.entries(TABLE));

export function scopeRuleOf(operationId: unknown): ScopeRule {
  return SCOPE_RULES.get(String(operationId)) ?? 'admin';
}

/** Throws 403 when the actor shows an API token that the rule does not admit. */
export function requireRule(actor: Actor, rule: ScopeRule): void {
  if (actor.scopes === undefined || rule === 'any') return;
  if (rule === 'session')
    throw new AppError(
      'forbidden',
      'This is for who has signed in: an API token has no session. An admin ends it by DELETE /api/admin/api-tokens/{id}.',
    );
  requireScope(actor, rule);
}
