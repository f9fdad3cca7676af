// Shapes of the API, written by hand after SPEC.md until they are generated from openapi.json.

/** Types of fields in this release. */
export const FIELD_TYPES = ['string', 'integer', 'float', 'boolean', 'list', 'dict'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export const ACCESS_LEVELS = ['public', 'auth', 'owner', 'admin'] as const;
export type AccessLevel = (typeof ACCESS_LEVELS)[number];

export const OPERATIONS = ['list', 'read', 'create', 'update', 'delete'] as const;
export type Operation = (typeof OPERATIONS)[number];

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface List<T> {
  items: T[];
  total: number;
  page: number;
  page_size: number;
}

export interface SignedIn {
  expires_at: string;
  user: { id: string; email: string; is_admin: boolean };
}

export interface User {
  id: string;
  email: string;
  is_admin: boolean;
  is_active: boolean;
  email_verified: boolean;
  created_at: string;
  updated_at: string;
}
export type Me = User;

export interface Instance {
  name: string;
  version: string;
}

/** One field of a collection; an item of a list has the same shape without a name. */
export interface Field {
  name: string;
  type: FieldType;
  required?: boolean;
  nullable?: boolean;
  default?: Json;
  unique?: boolean;
  index?: boolean;
  description?: string;
  read?: AccessLevel;
  write?: AccessLevel;
  enum?: (string | number)[];
  min_length?: number;
  max_length?: number;
  pattern?: string;
  min?: number | string;
  max?: number | string;
  items?: FieldItem;
  min_items?: number;
  max_items?: number;
  unique_items?: boolean;
  properties?: Field[];
  additional?: boolean;
  max_bytes?: number;
  collection?: string;
  on_delete?: 'restrict' | 'cascade' | 'set_null';
  /** Only in a PATCH: the name the field had. */
  was?: string;
}
export type FieldItem = Omit<Field, 'name'>;

export interface CollectionSchema {
  fields: Field[];
}

export interface CollectionIndex {
  fields: string[];
  unique?: boolean;
}

export interface CollectionOptions {
  access?: Partial<Record<Operation, AccessLevel>>;
  indexes?: CollectionIndex[];
}

export interface Collection {
  id: string;
  name: string;
  label: string | null;
  schema: CollectionSchema;
  options: CollectionOptions;
  created_at: string;
  updated_at: string;
}

export interface CollectionCreate {
  name: string;
  label?: string;
  schema: CollectionSchema;
  options?: CollectionOptions;
}
export type CollectionPatch = Partial<CollectionCreate>;

export type RecordData = { [field: string]: Json };

export interface RecordItem {
  id: string;
  collection_id: string;
  owner_id: string | null;
  data: RecordData;
  created_at: string;
  updated_at: string;
  expanded?: { [field: string]: RecordItem | null };
}

export interface RecordList {
  items: RecordItem[];
  /** null with `count=false`. */
  total: number | null;
  /** null when a cursor was given. */
  page: number | null;
  page_size: number;
  next_cursor: string | null;
}

export interface ImportReport {
  created: number;
  updated: number;
  failed: number;
  errors: { line: number; loc: (string | number)[]; msg: string }[];
}

export interface BatchRequest {
  method: 'POST' | 'PATCH' | 'DELETE';
  collection: string;
  id?: string;
  data?: RecordData;
}
export interface BatchAnswer {
  results: { status: number; record?: RecordItem | null }[];
}

export type JsonSchema = { [key: string]: Json };

export const FUNCTION_ACCESS = ['public', 'auth', 'admin'] as const;
export type FunctionAccess = (typeof FUNCTION_ACCESS)[number];

export interface AdminFunction {
  name: string;
  description: string | null;
  auth: FunctionAccess;
  tags: string[];
  /** null: the server's own limit. */
  timeout_seconds: number | null;
  input_schema: JsonSchema | null;
  output_schema: JsonSchema | null;
  module: string;
  file_path: string;
  last_loaded_at: string;
  /** False: its file does not load now, and the last good version answers. */
  is_current: boolean;
}

export interface LoadError {
  file: string;
  line: number | null;
  column: number | null;
  message: string;
  /** previous: the last good version still answers; null: nothing does. */
  loaded_version: 'previous' | null;
}

export interface AdminFunctionList extends List<AdminFunction> {
  load_errors: LoadError[];
}

export interface FunctionSource {
  file_path: string;
  source: string;
}

export const CALL_STATUSES = ['running', 'succeeded', 'failed'] as const;
export type CallStatus = (typeof CALL_STATUSES)[number];

export const TRIGGER_TYPES = ['manual', 'schedule'] as const;
export type TriggerType = (typeof TRIGGER_TYPES)[number];

export interface FunctionCall {
  id: string;
  function_name: string;
  status: CallStatus;
  trigger_type: TriggerType;
  /** A schedule, or the call that made this one. */
  trigger_id: string | null;
  requested_by_user_id: string | null;
  started_at: string | null;
  finished_at: string | null;
  duration_ms: number | null;
  error_message: string | null;
  error_type: string | null;
  created_at: string;
}

/** What POST /api/functions/{name} answers; a failed one comes with an error status. */
export interface CallAnswer {
  call_id: string;
  status: 'succeeded' | 'failed';
  result?: Json;
  error?: string;
  error_type?: string;
  detail?: string;
  code?: string;
  /** The data of a FunctionError. */
  data?: Json;
  /** Console lines, with ?logs=true. */
  logs?: string[];
}

export const STATS_RANGES = ['1h', '24h', '7d', '30d'] as const;
export type StatsRange = (typeof STATS_RANGES)[number];

export interface Stats {
  range: StatsRange;
  started_after: string;
  users: number;
  records: number;
  collections: { name: string; label: string; records: number }[];
  calls: {
    total: number;
    failed: number;
    bucket_seconds: number;
    buckets: StatsBucket[];
  };
  failures: {
    function_name: string;
    error_type: string | null;
    count: number;
    last_at: string;
  }[];
  slowest: { function_name: string; calls: number; average_ms: number; max_ms: number }[];
  health: {
    version: string;
    uptime_seconds: number;
    database_bytes: number;
    memory_bytes: number;
  };
}

export interface StatsBucket {
  started_at: string;
  calls: number;
  failed: number;
}
