import type { RunRequest } from './host-process.ts';

/** Events that one extension is still to be told of, first come first served; beyond the bounds the new ones are dropped. */
export interface EventQueue {
  /** False: there was no room, and the event is counted as dropped. */
  push(event: RunRequest): boolean;
  /** Before all others. */
  pushFirst(event: RunRequest): void;
  shift(): RunRequest | undefined;
  readonly size: number;
  readonly isHalfFull: boolean;
  /** How many were dropped since this was asked last. */
  takeDropped(): number;
}

const MAX_EVENTS = 10_000;
const MAX_CHARS = 32 * 1024 * 1024;

export function createEventQueue(): EventQueue {
  let events: RunRequest[] = [];
  /** Where the first one stands: to move all others for each would cost more than the events. */
  let first = 0;
  let chars = 0;
  let dropped = 0;
  const size = () => events.length - first;
  return {
    push(event) {
      if (size() >= MAX_EVENTS || chars + event.event.length > MAX_CHARS) {
        dropped++;
        return false;
      }
      chars += event.event.length;
      events.push(event);
      return true;
    },
    pushFirst(event) {
      chars += event.event.length;
      events = [event, ...events.slice(first)];
      first = 0;
    },
    shift() {
      const event = events[first];
      if (event === undefined) return undefined;
      chars -= event.event.length;
      first++;
      if (first * 2 > events.length) {
        events = events.slice(first);
        first = 0;
      }
      return event;
    },
    get size() {
      return size();
    },
    get isHalfFull() {
      return size() > MAX_EVENTS / 2 || chars > MAX_CHARS / 2;
    },
    takeDropped() {
      const count = dropped;
      dropped = 0;
      return count;
    },
  };
}
