import type { AccessLevel, Field } from '../../api/types.ts';

/** Levels of one field for itself; what is not said is as the record. */
export interface FieldRule {
  readonly name: string;
  readonly type: Field['type'];
  readonly read: AccessLevel | undefined;
  readonly write: AccessLevel | undefined;
}

export function fieldRulesOf(fields: readonly Field[]): FieldRule[] {
  return fields.map(({ name, type, read, write }) => ({ name, type, read, write }));
}

export function hasOwnRule({ read, write }: Pick<FieldRule, 'read' | 'write'>): boolean {
  return read !== undefined || write !== undefined;
}

const WHO: Record<AccessLevel, string> = {
  public: 'anyone who may reach the record',
  auth: 'who is signed in',
  owner: 'the owner',
  admin: 'admins only',
};

/** "read and written by admins only; others have it in no answer or export, and cannot filter by it" */
export function fieldRuleWords({ read, write }: Pick<FieldRule, 'read' | 'write'>): string {
  const reader = read === undefined ? 'read as the record' : `read by ${WHO[read]}`;
  const writer = write === undefined ? 'written as the record' : `written by ${WHO[write]}`;
  const both =
    read !== undefined && read === write
      ? `read and written by ${WHO[read]}`
      : `${reader}, ${writer}`;
  const isNarrow = read !== undefined && read !== 'public';
  return isNarrow
    ? `${both}; others have it in no answer or export, and cannot filter by it`
    : both;
}

/** The fields as they are sent, with the levels that were chosen. */
export function withRules(fields: readonly Field[], rules: readonly FieldRule[]): Field[] {
  return fields.map((field) => {
    const rule = rules.find(({ name }) => name === field.name);
    if (!rule) return field;
    const { read: _read, write: _write, ...rest } = field;
    return {
      ...rest,
      ...(rule.read !== undefined && { read: rule.read }),
      ...(rule.write !== undefined && { write: rule.write }),
    };
  });
}

/** Fields that a person does not see in a record, though they may open it. */
export function hiddenFields(
  fields: readonly FieldRule[],
  person: 'nobody' | 'signed-in' | 'owner' | 'admin',
): string[] {
  const rank = { nobody: 0, 'signed-in': 1, owner: 2, admin: 3 }[person];
  const wanted = { public: 0, auth: 1, owner: 2, admin: 3 } as const satisfies Record<
    AccessLevel,
    number
  >;
  return fields
    .filter(({ read }) => read !== undefined && wanted[read] > rank)
    .map(({ name }) => name);
}
