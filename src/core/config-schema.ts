import { availableParallelism } from 'node:os';
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { choice, flag, optionalText, section, text, texts, whole } from './config-builders.ts';
import { LOG_FORMATS, LOG_LEVELS } from './logger.ts';

const YEAR_HOURS = 8_760;
const TEN_YEARS_DAYS = 3_650;

/** How a value of an environment names a variable. */
const VARIABLE = '$' + '{VAR}';

/** One environment that `functions deploy` can send to. */
const EnvironmentSchema = section('A server that functions are deployed to.', {
  url: Type.String({
    minLength: 1,
    description: `Address of the server. ${VARIABLE} stands for a variable.`,
  }),
  api_token: optionalText({
    description: `API token with the scope functions:deploy. ${VARIABLE} stands for a variable.`,
    isSecret: true,
  }),
});

/** Every setting there is: the toml, the variables, `init`, docs and error messages come from here. */
export const ConfigSchema = Type.Object({
  server: section('The HTTP server.', {
    host: text({
      default: '0.0.0.0',
      description: 'Address to listen on; 0.0.0.0 is all of them.',
    }),
    port: whole({
      default: 8000,
      minimum: 0,
      maximum: 65_535,
      description: 'Port; 0 picks a free one.',
    }),
    debug: flag({
      default: false,
      aliases: ['TINYBASE_DEBUG'],
      description: 'Add the causes of errors to answers. Not for production.',
    }),
    log_level: choice(LOG_LEVELS, {
      default: 'info',
      aliases: ['TINYBASE_LOG_LEVEL'],
      description: 'The least important lines that are logged.',
    }),
    log_format: choice(LOG_FORMATS, {
      default: 'text',
      description: 'text for people, json for log collectors.',
    }),
    public_url: optionalText({
      defaultText: 'derived from host and port',
      description:
        'Where people reach this server; used for links in mail, never taken from a request.',
    }),
    trust_proxy: flag({
      default: false,
      description: 'Believe X-Forwarded-* headers. Only behind a proxy that sets them.',
    }),
    max_body_mb: whole({
      default: 10,
      minimum: 1,
      maximum: 1_024,
      unit: 'MB',
      description: 'Largest request body.',
    }),
    max_upload_mb: whole({
      default: 512,
      minimum: 1,
      maximum: 65_536,
      unit: 'MB',
      description: 'Largest body of an import or a deploy.',
    }),
    request_timeout_seconds: whole({
      default: 30,
      minimum: 1,
      maximum: 3_600,
      unit: 'seconds',
      description: 'Time to receive a request and run a built-in route; functions have their own.',
    }),
    metrics_token: optionalText({
      isSecret: true,
      description: 'Bearer token that lets a collector read /metrics; admins always may.',
    }),
  }),
  database: section('Where the data is.', {
    url: text({
      default: 'sqlite:///./tinybase.db',
      aliases: ['TINYBASE_DB_URL'],
      description:
        'sqlite:///./file.db (from this folder), sqlite:////absolute/file.db or sqlite:///:memory:.',
    }),
    auto_upgrade: flag({ default: false, description: 'Run pending migrations at start.' }),
  }),
  auth: section('Accounts and tokens.', {
    token_ttl_hours: whole({
      default: 24,
      minimum: 1,
      maximum: YEAR_HOURS,
      unit: 'hours',
      description: 'How long a sign-in lasts.',
    }),
    registration: choice(['open', 'closed'], {
      default: 'open',
      description: 'closed: only admins make accounts.',
    }),
    password_min_length: whole({
      default: 8,
      minimum: 8,
      maximum: 128,
      unit: 'characters',
      description: 'Shortest password that is accepted.',
    }),
    token_format: choice(['opaque', 'jwt'], {
      default: 'opaque',
      description: 'jwt: HS256 access tokens that still check the session.',
    }),
    jwt_secret: texts({
      isSecret: true,
      defaultText: 'made once and kept in the database',
      description: 'Secrets of 32 bytes or more for jwt: the first signs, all verify.',
    }),
    login_attempts_per_minute: whole({
      default: 10,
      minimum: 1,
      maximum: 10_000,
      unit: 'attempts',
      description:
        'Sign-in attempts per address and e-mail; five times that per address, three times per e-mail.',
    }),
  }),
  rate_limit: section('A limit for every caller.', {
    requests_per_minute: whole({
      default: 0,
      minimum: 0,
      maximum: 1_000_000,
      unit: 'requests',
      description: 'Per account, API token or, without either, address; 0 is off.',
    }),
  }),
  functions: section('Your own code.', {
    path: text({ default: './functions', description: 'Folder with one file per function.' }),
    file: text({ default: './functions.ts', description: 'A single file with several functions.' }),
    workers: whole({
      default: Math.min(availableParallelism(), 256),
      defaultText: 'number of cores',
      minimum: 1,
      maximum: 256,
      unit: 'processes',
      description: 'Worker processes that run functions.',
    }),
    timeout_seconds: whole({
      default: 30,
      minimum: 1,
      maximum: 3_600,
      unit: 'seconds',
      description: 'Longest run of a function that sets no time-out of its own.',
    }),
    memory_mb: whole({
      default: 256,
      minimum: 32,
      maximum: 65_536,
      unit: 'MB',
      description: 'Memory of one worker.',
    }),
    max_queue: whole({
      default: 1_000,
      minimum: 1,
      maximum: 100_000,
      unit: 'calls',
      description: 'Calls that may wait for a worker; more are answered with 503.',
    }),
    max_concurrent_per_user: whole({
      default: 20,
      minimum: 1,
      maximum: 100_000,
      unit: 'calls',
      description: 'Calls that one user or API token may have running.',
    }),
    call_retention_days: whole({
      default: 30,
      minimum: 1,
      maximum: TEN_YEARS_DAYS,
      unit: 'days',
      description: 'How long the history of calls is kept.',
    }),
    env: texts({
      description: 'Names of the variables that functions may see; they see no others.',
    }),
  }),
  scheduler: section('Functions that run by the clock.', {
    enabled: flag({ default: true, description: 'Run schedules on this server.' }),
    interval_seconds: whole({
      default: 5,
      minimum: 1,
      maximum: 3_600,
      unit: 'seconds',
      description: 'How often due schedules are looked for.',
    }),
    token_cleanup_interval: whole({
      default: 60,
      minimum: 1,
      maximum: 100_000,
      unit: 'ticks',
      description: 'Expired tokens are removed every that many ticks.',
    }),
    max_retries: whole({
      default: 0,
      minimum: 0,
      maximum: 100,
      unit: 'attempts',
      description: 'How often a failed run is tried again.',
    }),
  }),
  cors: section('Web pages of other hosts.', {
    allow_origins: texts({
      description: 'Origins whose pages may call the API, such as https://app.example.com, or *.',
    }),
  }),
  admin: section('The admin app.', {
    static_dir: text({
      default: 'builtin',
      description: 'builtin, or a folder that is served as the admin app instead.',
    }),
  }),
  extensions: section('Trusted add-ons of this server.', {
    enabled: flag({ default: true, description: 'Load extensions.' }),
    path: text({ default: './extensions', description: 'Folder with one folder per extension.' }),
  }),
  mail: section('Outgoing mail.', {
    from: optionalText({
      description: 'Sender of every mail: name@example.com or Name <name@example.com>.',
    }),
    smtp_url: optionalText({
      isSecret: true,
      description:
        'Mail server, as smtp://user:password@host:587 or smtps://…; needs mail.from and server.public_url.',
    }),
  }),
  audit: section('The log of what admins did.', {
    retention_days: whole({
      default: 90,
      minimum: 1,
      maximum: TEN_YEARS_DAYS,
      unit: 'days',
      description: 'How long entries are kept.',
    }),
  }),
  backup: section('Copies of the database.', {
    path: optionalText({
      defaultText: 'backups beside the database',
      description: 'Folder for backups.',
    }),
    cron: optionalText({
      description: 'When to make one, as a cron expression in UTC, such as 30 2 * * *.',
    }),
    keep: whole({
      default: 7,
      minimum: 1,
      maximum: 10_000,
      unit: 'backups',
      description: 'How many of those that cron made are kept; older ones are removed.',
    }),
    s3_endpoint: optionalText({
      defaultText: 'Amazon S3',
      description: 'Address of an S3 service, such as https://s3.eu-central-1.amazonaws.com.',
    }),
    s3_bucket: optionalText({ description: 'Bucket for backups, instead of the folder.' }),
    s3_access_key: optionalText({ isSecret: true, description: 'Access key of the S3 service.' }),
    s3_secret_key: optionalText({ isSecret: true, description: 'Secret key of the S3 service.' }),
  }),
  environments: Type.Record(Type.String(), EnvironmentSchema, {
    description: 'Servers that functions are deployed to, by name.',
    default: {},
  }),
});

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** The settings, named exactly as in tinybase.toml. */
export type Config = DeepReadonly<Static<typeof ConfigSchema>>;

export const ENVIRONMENT_PROPERTIES: Readonly<Record<string, TSchema>> =
  EnvironmentSchema.properties;
