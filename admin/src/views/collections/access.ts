import {
  type AccessLevel,
  type AccessRules,
  type Collection,
  OPERATIONS,
  type Operation,
} from '../../api/types.ts';
import { countOf } from '../../components/ui/times.ts';

export const DEFAULT_ACCESS: AccessRules = {
  list: 'owner',
  read: 'owner',
  create: 'auth',
  update: 'owner',
  delete: 'owner',
};

export const OPERATION_WORDS: Record<Operation, string> = {
  list: 'See the list',
  read: 'Open one',
  create: 'Create',
  update: 'Change',
  delete: 'Delete',
};
export const LEVEL_WORDS: Record<AccessLevel, string> = {
  public: 'Anyone',
  auth: 'Signed-in',
  owner: 'Owner',
  admin: 'Admins only',
};

/** Parts of a sentence; strong ones say who. */
export interface Phrase {
  readonly text: string;
  readonly isStrong?: boolean;
}

const OWN_ACTS: Record<Operation, string> = {
  list: 'list',
  read: 'open',
  create: 'create',
  update: 'change',
  delete: 'delete',
};

/** "see the list, open a record and create records" */
function actsOf(operations: readonly Operation[]): string[] {
  const writes = operations.filter((operation) => operation !== 'list' && operation !== 'read');
  return [
    ...(operations.includes('list') ? ['see the list'] : []),
    ...(operations.includes('read') ? ['open a record'] : []),
    ...(writes.length > 0 ? [`${joined(writes.map((each) => OWN_ACTS[each]))} records`] : []),
  ];
}

/** The whole matrix read aloud. */
export function accessSentence(rules: AccessRules): Phrase[] {
  const by = (level: AccessLevel) =>
    OPERATIONS.filter((operation) => levelOf(rules, operation) === level);
  if (by('admin').length === OPERATIONS.length)
    return [
      { text: 'Only ' },
      { text: 'admins', isStrong: true },
      { text: ' may do anything here.' },
    ];
  const phrases: Phrase[] = [];
  const say = (who: string, acts: readonly string[], last: string, before = '') => {
    if (acts.length === 0) return;
    if (before) phrases.push({ text: before });
    phrases.push(
      { text: who, isStrong: true },
      { text: ` may ${last.replace('…', joined(acts))}. ` },
    );
  };
  say('Anyone on the internet', actsOf(by('public')), '…');
  say('Signed-in people', actsOf(by('auth')), '…');
  say(
    'Owners',
    by('owner').map((operation) => OWN_ACTS[operation]),
    '… only their own records',
  );
  say('admins', actsOf(by('admin')), '…', 'Only ');
  phrases.push({ text: 'Admins may do everything.' });
  return phrases;
}

/** To create there is no owner yet: it means whoever is signed in. */
function levelOf(rules: AccessRules, operation: Operation): AccessLevel {
  const level = rules[operation];
  return operation === 'create' && level === 'owner' ? 'auth' : level;
}

export function joined(words: readonly string[], last = 'and'): string {
  return words.length > 1
    ? `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
    : (words[0] ?? '');
}

const WRITES = ['create', 'update', 'delete'] as const;

/** Create, change or delete for anyone on the internet. */
function publicWrites(rules: AccessRules): Operation[] {
  return WRITES.filter((operation) => rules[operation] === 'public');
}

function publicReads(rules: AccessRules): Operation[] {
  return (['list', 'read'] as const).filter((operation) => rules[operation] === 'public');
}

const THIRD: Record<Operation, string> = {
  list: 'lists',
  read: 'reads',
  create: 'creates',
  update: 'changes',
  delete: 'deletes',
};
const WHO: Record<AccessLevel, readonly [who: string, reads: string, writes: string]> = {
  public: ['anyone', 'reads', 'writes'],
  auth: ['signed-in people', 'read', 'write'],
  owner: ['owner', 'reads', 'writes'],
  admin: ['admins', 'read', 'write'],
};
const WIDTH: readonly AccessLevel[] = ['public', 'auth', 'owner', 'admin'];

/** The matrix in a table cell: "Anyone reads, owner writes". */
export function accessShort(rules: AccessRules): { text: string; isOpen: boolean } {
  const open = publicWrites(rules);
  if (open.length > 0)
    return { text: `Anyone ${joined(open.map((operation) => THIRD[operation]))}`, isOpen: true };
  const widest = (operations: readonly Operation[]) =>
    WIDTH.find((level) => operations.some((operation) => rules[operation] === level)) ?? 'admin';
  const reads = widest(['list', 'read']);
  const writes = widest(['update', 'delete']);
  const isClosed = rules.create === 'admin' && writes === 'admin';
  if (reads === 'admin' && isClosed) return { text: 'Admins only', isOpen: false };
  if (reads === 'owner' && writes === 'owner' && rules.create !== 'admin')
    return { text: 'Owner only', isOpen: false };
  const [reader, read] = WHO[reads];
  const [writer, , write] = WHO[writes];
  const text =
    reads === writes ? `${reader} ${read} and ${write}` : `${reader} ${read}, ${writer} ${write}`;
  return { text: text.charAt(0).toUpperCase() + text.slice(1), isOpen: false };
}

export interface Preset {
  readonly key: string;
  readonly label: string;
  readonly rules: AccessRules;
}
function preset(
  key: string,
  label: string,
  [list, read, create, update, remove]: readonly [
    AccessLevel,
    AccessLevel,
    AccessLevel,
    AccessLevel,
    AccessLevel,
  ],
): Preset {
  return { key, label, rules: { list, read, create, update, delete: remove } };
}

export const PRESETS: readonly Preset[] = [
  preset('own', 'Everyone their own', ['owner', 'owner', 'auth', 'owner', 'owner']),
  preset('team', 'Shared with those signed in', ['auth', 'auth', 'auth', 'owner', 'owner']),
  preset('open', 'Open to read', ['public', 'public', 'auth', 'owner', 'owner']),
  preset('site', 'Published by admins', ['public', 'public', 'admin', 'admin', 'admin']),
  preset('admin', 'Admins only', ['admin', 'admin', 'admin', 'admin', 'admin']),
];

export function presetOf(rules: AccessRules): Preset | undefined {
  return PRESETS.find((each) => isSameRules(each.rules, rules));
}

export function isSameRules(a: AccessRules, b: AccessRules): boolean {
  return OPERATIONS.every((operation) => a[operation] === b[operation]);
}

/** The question before records can be written by anyone; undefined when nothing new is opened. */
export function publicQuestion(
  name: string,
  before: AccessRules | undefined,
  after: AccessRules,
): string | undefined {
  const opened = publicWrites(after).filter((operation) => before?.[operation] !== 'public');
  if (opened.length === 0) return undefined;
  const acts = opened.map((operation) => OWN_ACTS[operation]);
  return `Anyone on the internet will be able to ${joined(acts)} records of ${name}.`;
}

export const PERSONS = ['nobody', 'signed-in', 'owner', 'admin'] as const;
export type Person = (typeof PERSONS)[number];
export const PERSON_WORDS: Record<Person, string> = {
  nobody: 'Nobody (no token)',
  'signed-in': 'A signed-in person',
  owner: 'The owner of the record',
  admin: 'An admin',
};

export interface Trial {
  readonly operation: Operation;
  readonly isAllowed: boolean;
  readonly text: string;
}

const SIGN_IN = '401, sign in first';

/** What each operation answers to a person, worked out from the levels alone. */
export function tryAs(person: Person, rules: AccessRules, records: number | undefined): Trial[] {
  const all = records === undefined ? 'all records' : countOf(records, 'record');
  const canKnow = rules.list !== 'admin' || rules.read !== 'admin';
  const canRead =
    rules.read === 'public' ||
    rules.read === 'auth' ||
    (rules.read === 'owner' && person === 'owner');
  return OPERATIONS.map((operation): Trial => {
    const level = levelOf(rules, operation);
    const yes = (text: string): Trial => ({ operation, isAllowed: true, text });
    const no = (text: string): Trial => ({ operation, isAllowed: false, text });
    const whole =
      operation === 'list' ? all : operation === 'create' ? createText(person) : 'any record';
    if (person === 'admin' || level === 'public') return yes(whole);
    if (person === 'nobody') return no(SIGN_IN);
    if (level === 'auth') return yes(whole);
    if (level === 'owner') {
      if (operation === 'list') return yes('only their own records');
      if (person === 'owner') return yes('their own record');
      const isKnown = operation !== 'read' && canRead;
      return no(isKnown ? '403, it is not theirs' : '404, as if it were not there');
    }
    if (operation === 'update' || operation === 'delete')
      return no(canRead ? '403, admins only' : '404, as if it were not there');
    return no(canKnow ? '403, admins only' : '404, as if there were no such collection');
  });
}

function createText(person: Person): string {
  return person === 'nobody' ? 'a record without an owner' : 'a record of their own';
}

/** Collections that say something to somebody who has not signed in. */
export function openCollections(collections: readonly Collection[]) {
  return collections.flatMap((collection) => {
    const rules = collection.options.access;
    const reads = publicReads(rules);
    const writes = publicWrites(rules);
    return reads.length + writes.length === 0 ? [] : [{ name: collection.name, reads, writes }];
  });
}

export function actWords(operations: readonly Operation[]): string {
  return joined(operations.map((operation) => OWN_ACTS[operation]));
}
