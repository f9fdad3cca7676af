import type { User } from './schema.ts';

export type PlainUser = Omit<User, 'last_seen_at'>;

/** An account wherever it is no subject when somebody was seen. */
export function toPlainUser({ last_seen_at: _, ...plain }: User): PlainUser {
  return plain;
}
