import { type ApiToken, SCOPES, type Scope } from '../../api/types.ts';

export interface ScopeWords {
  readonly label: string;
  readonly text: string;
}

/** What each scope opens, as the one who gives it should know. */
export const SCOPE_WORDS: Readonly<Record<Scope, ScopeWords>> = {
  'records:read': {
    label: 'Read records',
    text: 'All records of all collections: who may see a row does not count for a token.',
  },
  'records:write': {
    label: 'Write records',
    text: 'Create, change, delete and import records in all collections.',
  },
  'functions:call': {
    label: 'Call functions',
    text: 'Every function, those for admins included.',
  },
  'functions:deploy': {
    label: 'Deploy functions',
    text: 'Put new code on this server. That code may do everything with records.',
  },
  admin: {
    label: 'Everything',
    text: 'All that you may, but for the accounts of admins. It holds the scopes above.',
  },
};

/** "Read records, call functions" */
export function scopeWords(scopes: readonly Scope[]): string {
  if (scopes.includes('admin')) return SCOPE_WORDS.admin.label;
  const labels = SCOPES.filter((scope) => scopes.includes(scope)).map((scope, index) => {
    const { label } = SCOPE_WORDS[scope];
    return index === 0 ? label : label.toLowerCase();
  });
  return labels.join(', ');
}

export function hasEnded({ expires_at }: ApiToken, now: Date): boolean {
  return expires_at !== null && Date.parse(expires_at) <= now.getTime();
}

export const LIFETIMES = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'never', label: 'Never' },
] as const;
export type Lifetime = (typeof LIFETIMES)[number]['value'];

const DAY_MS = 86_400_000;

/** When a token ends that is made now; null: never. */
export function endOf(lifetime: Lifetime, now: Date): Date | null {
  return lifetime === 'never' ? null : new Date(now.getTime() + Number(lifetime) * DAY_MS);
}
