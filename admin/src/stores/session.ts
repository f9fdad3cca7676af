import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { ApiError, api, listenToClient, OfflineError } from '../api/client.ts';
import type { LoginAnswer, LoginBody, Me, SetupBody } from '../api/types.ts';

export type SessionStatus =
  | 'unknown'
  | 'in'
  | 'out'
  /** Was signed in, and the server no longer takes the cookie: the page stays, a dialog asks. */
  | 'ended'
  | 'unreachable';

/** The account is right but is not an admin's. */
export class NotAdminError extends Error {
  readonly email: string;
  constructor(email: string) {
    super('This account is not an admin.');
    this.name = 'NotAdminError';
    this.email = email;
  }
}

export const useSession = defineStore('session', () => {
  const status = ref<SessionStatus>('unknown');
  const me = ref<Me>();
  /** E-mail of a signed-in account that is not an admin. */
  const refused = ref<string>();
  /** What was asked before, and is refused later, says nothing about this session. */
  let begunAt = 0;
  const isIn = computed(() => status.value === 'in' || status.value === 'ended');

  /** Asks who the cookie belongs to. */
  async function load(): Promise<void> {
    try {
      const found = await api.get<Me>('/api/auth/me', undefined, { isGate: true });
      refused.value = found.is_admin ? undefined : found.email;
      me.value = found.is_admin ? found : undefined;
      status.value = found.is_admin ? 'in' : 'out';
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) {
        me.value = undefined;
        status.value = 'out';
      } else if (error instanceof ApiError || error instanceof OfflineError) {
        if (!isIn.value) status.value = 'unreachable';
      } else throw error;
    }
  }

  async function signIn(email: string, password: string): Promise<void> {
    const body: LoginBody = { email, password, cookie: true };
    const answer = await api.post<LoginAnswer>('/api/auth/login', body, { isGate: true });
    if (!answer.user.is_admin) {
      // The cookie of an account that cannot use the app is not kept.
      await api.post('/api/auth/logout', undefined, { isGate: true }).catch(() => undefined);
      throw new NotAdminError(answer.user.email);
    }
    await enter(performance.now());
  }

  async function setUp(token: string, email: string, password: string): Promise<void> {
    const body: SetupBody = { token, email, password, cookie: true };
    await api.post<LoginAnswer>('/api/auth/setup', body, { isGate: true });
    await enter(performance.now());
  }

  async function enter(since: number): Promise<void> {
    begunAt = since;
    me.value = await api.get<Me>('/api/auth/me', undefined, { isGate: true });
    refused.value = undefined;
    status.value = 'in';
  }

  async function signOut(): Promise<void> {
    await api.post('/api/auth/logout', undefined, { isGate: true }).catch((error: unknown) => {
      // Signed out already is signed out; no answer is not.
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
    });
    forget();
  }

  function forget(): void {
    me.value = undefined;
    refused.value = undefined;
    status.value = 'out';
  }

  listenToClient({
    sessionEnded: (askedAt) => {
      if (status.value === 'in' && askedAt >= begunAt) status.value = 'ended';
    },
  });

  return { status, me, refused, isIn, load, signIn, setUp, signOut, forget };
});
