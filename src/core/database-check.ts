/** What `db check` finds. What to do about each kind is said in cli/check-advice.ts. */
export const FINDING_KINDS = [
  'file',
  'system',
  'foreign_key',
  'collection',
  'table',
  'orphan',
  'deployment',
  'owner',
  'reference',
  'unique',
  'record',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Something that is not as it should be. */
export interface Finding {
  readonly kind: FindingKind;
  /** Name of the collection that it is about. */
  readonly collection: string | null;
  /** Of the record. */
  readonly id: string | null;
  readonly field: string | null;
  readonly message: string;
}

export interface DatabaseReport {
  readonly schemaVersion: number;
  /** How many were looked at. */
  readonly collections: number;
  readonly records: number;
  readonly findings: readonly Finding[];
  /** It stopped after so many findings; there may be more. */
  readonly isCutShort: boolean;
}
