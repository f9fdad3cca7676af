import { defineStore } from 'pinia';
import { ref } from 'vue';
import { ApiError, api } from '../api/client.ts';
import type { User } from '../api/types.ts';

const AT_ONCE = 4;

/** E-mail addresses by the id of the account, looked up once each. */
export const usePeople = defineStore('people', () => {
  /** null: there is no such account any more. */
  const emails = ref<Record<string, string | null>>({});
  /** All accounts, where they have been counted. */
  const total = ref<number>();
  const waiting = new Set<string>();
  let running = 0;

  function note(...users: readonly User[]): void {
    for (const user of users) emails.value[user.id] = user.email;
  }

  /** Looks up those that are not known yet; they appear in `emails` one by one. */
  function want(ids: Iterable<string>): void {
    for (const id of ids) if (!(id in emails.value)) waiting.add(id);
    while (running < AT_ONCE && waiting.size > 0) void work();
  }

  async function work(): Promise<void> {
    running += 1;
    for (const id of waiting) {
      waiting.delete(id);
      if (id in emails.value) continue;
      try {
        note(await api.get<User>(`/api/admin/users/${id}`));
      } catch (error) {
        // Anything else is tried again when it is wanted next.
        if (error instanceof ApiError && error.status === 404) emails.value[id] = null;
      }
    }
    running -= 1;
  }

  function reset(): void {
    emails.value = {};
    total.value = undefined;
    waiting.clear();
  }

  return { emails, total, note, want, reset };
});
