import type { Database } from 'bun:sqlite';
import { toAsciiDomain } from '../../../lib/email.ts';

/**
 * Addresses of accounts get the form of their domain that mail servers know, and so do those of links that
 * were sent before. Of two accounts of one mailbox each keeps its address: nobody here can tell which of
 * them should go.
 */
export function accountDomains(db: Database): void {
  const others = db.query<{ id: string; email: string }, []>(
    "SELECT id, email FROM user WHERE email GLOB '*@*[^ -~]*'",
  );
  const rewrite = db.query<unknown, [string, string]>(
    'UPDATE OR IGNORE user SET email = ? WHERE id = ?',
  );
  const rewriteSent = db.query<unknown, [string, string, string]>(
    'UPDATE one_time_token SET email = ? WHERE user_id = ? AND email = ?',
  );
  for (const { id, email } of others.all()) {
    const ascii = withAsciiDomain(email);
    if (ascii !== email && rewrite.run(ascii, id).changes > 0) rewriteSent.run(ascii, id, email);
  }
  const wanted = db.query<{ id: string; email: string }, []>(
    `SELECT user_id AS id, email FROM one_time_token
     WHERE purpose = 'change_email' AND email GLOB '*@*[^ -~]*'`,
  );
  for (const { id, email } of wanted.all()) rewriteSent.run(withAsciiDomain(email), id, email);
}

/** As an account is looked up, else nobody could sign in to it. */
function withAsciiDomain(email: string): string {
  const at = email.lastIndexOf('@') + 1;
  const domain = toAsciiDomain(email.slice(at));
  return domain.includes('xn--') ? email.slice(0, at) + domain : email;
}
