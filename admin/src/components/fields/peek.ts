import type { InjectionKey } from 'vue';

/** Opens a record that another one refers to, or a new one for it, above the drawer. */
export interface Peek {
  readonly open: (collection: string, id: string) => void;
  /** `onMade` is told the id once it is saved. */
  readonly create: (collection: string, onMade: (id: string) => void) => void;
}

/** Where it is provided, references open beside the table; elsewhere they are links. */
export const PEEK: InjectionKey<Peek | undefined> = Symbol('peek');
