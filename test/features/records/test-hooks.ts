import type { Origin } from '../../../src/core/origin.ts';
import type {
  HookAnswer,
  PlannedWrite,
  RecordHooks,
} from '../../../src/features/records/events.ts';
import type { Awaitable } from '../../../src/lib/awaitable.ts';

type Data = Readonly<Record<string, unknown>>;
type Handler = (write: PlannedWrite, origin: Origin) => Awaitable<Data | HookAnswer | undefined>;

/** Hooks without extensions: a handler for each `create posts`, with notes of all that they were shown. */
export function createTestHooks(handlers: Readonly<Record<string, Handler>>) {
  const shown: PlannedWrite[] = [];
  const hooks: RecordHooks = {
    hasBefore: (op, collection) => `${op} ${collection}` in handlers,
    async before(write, origin) {
      shown.push(write);
      const answer = await handlers[`${write.op} ${write.collection}`]?.(write, origin);
      if (answer !== undefined && 'kind' in answer) return answer as HookAnswer;
      return { kind: 'passed', data: answer ?? write.data };
    },
    checkDepth: () => {},
  };
  return { hooks, shown };
}

export const refuse = (status: number | null, message: string): HookAnswer => ({
  kind: 'refused',
  status,
  message,
});
