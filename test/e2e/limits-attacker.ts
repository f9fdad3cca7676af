import { expect } from 'bun:test';
import { type Answer, type Client, createClient } from '../../scripts/support/http-client.ts';

export const PASSWORD = 'a long enough password';
const MINUTE_MS = 60_000;

/** An attempt that was let through, with its time as this side saw it. */
interface Attempt {
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Somebody who tries passwords, seen from one or many addresses. */
export function createAttacker(url: string) {
  const anonymous = createClient(url);

  const signIn = (email: string, password: string, headers: Record<string, string> = {}) =>
    anonymous.request('POST', '/api/auth/login', { email, password }, headers);

  /** Tries a wrong password as often as asked; answers the attempts that were let through. */
  async function guess(
    count: number,
    nextEmail: (n: number) => string,
    nextHeaders: (n: number) => Record<string, string> = () => ({}),
  ): Promise<readonly Attempt[]> {
    const passed: Attempt[] = [];
    for (let n = 0; n < count; n++) {
      const sentAt = performance.now();
      const answer = await signIn(nextEmail(n), 'a wrong password', nextHeaders(n));
      expect([401, 429]).toContain(answer.status);
      if (answer.status === 401) passed.push({ sentAt, answeredAt: performance.now() });
    }
    return passed;
  }

  return { signIn, guess };
}

/** So many were let through at once, and no minute held more, however slow this machine is. */
export function expectLimit(passed: readonly Attempt[], limit: number): void {
  expect(passed.length).toBeGreaterThanOrEqual(limit);
  for (const [n, { sentAt }] of passed.entries()) {
    const later = passed[n + limit];
    if (later !== undefined) expect(later.answeredAt - sentAt).toBeGreaterThanOrEqual(MINUTE_MS);
  }
}

export function expectTooMany(answer: Answer): void {
  expect(answer.status).toBe(429);
  expect(answer.body).toEqual({
    code: 'too_many_requests',
    detail: expect.stringMatching(/Try again in \d+ seconds\.$/),
  });
  const seconds = Number(answer.headers.get('retry-after'));
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(60);
}

export async function register(anonymous: Client, email: string): Promise<void> {
  const { status } = await anonymous.post('/api/auth/register', { email, password: PASSWORD });
  expect(status).toBe(201);
}
