import { findEmailFault } from './email.ts';

export interface Mailbox {
  /** Undefined when only the address was given. */
  readonly name: string | undefined;
  readonly address: string;
}

const NAMED = /^(?:"([^"\\]*)"|([^"<>\\]*))\s*<([^<>]*)>$/;

/** Reads `Name <name@example.com>` or a plain address; undefined when it is neither, or holds a line break. */
export function parseMailbox(text: string): Mailbox | undefined {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text)) return undefined;
  const named = NAMED.exec(text.trim());
  const name = (named?.[1] ?? named?.[2] ?? '').trim();
  const address = named?.[3] ?? text.trim();
  if (findEmailFault(address) !== undefined) return undefined;
  return { name: name === '' ? undefined : name, address };
}
