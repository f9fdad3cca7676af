import type { FindingKind } from '../core/database-check.ts';

/** What to do about each kind of finding; `db check` itself changes nothing. */
export const CHECK_ADVICE = {
  file: 'The file is damaged. Restore a backup: tinybase db restore FILE. Look after the disk.',
  system:
    'Something else has changed the system tables. Restore a backup, or undo what was done to the file.',
  foreign_key:
    'Rows of system tables are left over. Something else has written to the file; restore a backup if it matters.',
  collection: 'The definition is damaged. Restore a backup.',
  table:
    'Something else has changed the table. Export the records, create the collection anew, import them; or restore a backup.',
  orphan: 'The table is of no use to TinyBase. Look into it with sqlite3, then drop it there.',
  deployment:
    'Copy the folder deployments/ from where the database came from, deploy again, or run tinybase functions activate local.',
  owner: 'Give the records another owner as an admin, or delete them.',
  reference: 'Clear or change the field in these records, or create what they refer to.',
  unique: 'Change or delete all but one of the records, in the admin app or over the API.',
  record:
    'Write a value that fits: edit the record in the admin app, or PATCH all fields that are named.',
} as const satisfies Record<FindingKind, string>;
