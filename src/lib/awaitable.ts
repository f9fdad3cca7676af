/** What a store method answers: SQLite knows at once, a database across a network later. Always await it. */
export type Awaitable<T> = T | Promise<T>;
