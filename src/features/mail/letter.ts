import type { MailKind } from './schema.ts';
import type { MailValues } from './templates.ts';

/** What is to be told to whom; it becomes a mail when it is sent. */
export type Letter = {
  [Kind in MailKind]: {
    readonly kind: Kind;
    /** A plain address. */
    readonly to: string;
    readonly values: Omit<MailValues<Kind>, 'instance_name'>;
  };
}[MailKind];

/** What must not get into a log with a letter: the link, and the token by itself. */
export function secretsOf(letter: Letter): readonly string[] {
  if (!('url' in letter.values)) return [];
  const { url } = letter.values;
  return [url, ...url.split('token=').slice(1)];
}
