import type { Collection, LoadError, Operation, Stats } from '../../api/types.ts';
import { joined, openCollections } from '../collections/access.ts';
import { toSize } from './overview-words.ts';

/** A thing that wants a look: what it is, and the way to its remedy. */
export interface Attention {
  /** Stays the same while the thing does: what was hidden shows again when it changes. */
  readonly key: string;
  /** Pieces of the sentence; machine words are set apart. */
  readonly words: readonly { readonly text: string; readonly isMono?: boolean }[];
  readonly action: string;
  readonly to: string;
}

const WRITE_WORDS: Partial<Record<Operation, string>> = { update: 'change' };

/** Below this a database may soon have no room for a write. */
const LEAST_DISK_BYTES = 1_000_000_000;
/** Small changes of what is left are nothing new. */
const DISK_STEP_BYTES = 100_000_000;

/** All of them: what is broken stands before what is open or missing. */
export function attentions(
  errors: readonly LoadError[],
  collections: readonly Collection[],
  stats: Pick<Stats, 'attention' | 'health'> | undefined,
): Attention[] {
  return [
    ...loadAttentions(errors),
    ...(stats === undefined ? [] : serverAttentions(stats)),
    ...openAttentions(collections),
  ];
}

/** Files with functions that do not load. */
function loadAttentions(errors: readonly LoadError[]): Attention[] {
  return errors.map((error): Attention => {
    const end =
      error.loaded_version === 'previous'
        ? ' does not load, its last good version keeps answering.'
        : ' does not load.';
    return {
      key: `load:${error.file}:${error.line}:${error.message}`,
      words: [{ text: fileName(error.file), isMono: true }, { text: end }],
      action: 'Show the error',
      to: '/functions',
    };
  });
}

/** Collections that anyone on the internet may write. */
function openAttentions(collections: readonly Collection[]): Attention[] {
  return openCollections(collections).flatMap(({ name, writes }): Attention[] => {
    if (writes.length === 0) return [];
    const acts = joined(writes.map((each) => WRITE_WORDS[each] ?? each));
    return [
      {
        key: `public:${name}:${writes.join()}`,
        words: [
          { text: `Anyone on the internet may ${acts} ` },
          { text: name, isMono: true },
          { text: '.' },
        ],
        action: 'Review the rule',
        to: `/collections/${name}/access`,
      },
    ];
  });
}

/** What the server itself says is wrong. */
function serverAttentions({ attention, health }: Pick<Stats, 'attention' | 'health'>): Attention[] {
  const { schedules, extensions, failed_backup: backup, unsent_mails: unsent } = attention;
  const { disk_free_bytes: free } = health;
  return [
    ...(free !== null && free < LEAST_DISK_BYTES ? [diskAttention(free)] : []),
    ...(backup === null ? [] : [backupAttention(backup)]),
    ...schedules.map(
      ({ id, name, last_run_at }): Attention => ({
        key: `schedule:${id}:${last_run_at}`,
        words: [{ text: 'The last run of the schedule ' }, { text: name }, { text: ' failed.' }],
        action: 'Show its runs',
        to: `/schedules?open=${id}`,
      }),
    ),
    ...extensions.map(
      ({ name, error, errors }): Attention => ({
        key: `extension:${name}:${error ?? ''}:${errors}`,
        words: [
          { text: 'The extension ' },
          { text: name, isMono: true },
          {
            text:
              error === null
                ? ` threw ${errors === 1 ? 'an error' : `${errors} errors`}.`
                : ' does not run.',
          },
        ],
        action: 'Show the extension',
        to: `/extensions?open=${name}`,
      }),
    ),
    ...(unsent === 0 ? [] : [mailAttention(unsent)]),
  ];
}

function diskAttention(free: number): Attention {
  return {
    key: `disk:${Math.floor(free / DISK_STEP_BYTES)}`,
    words: [{ text: `The disk has ${toSize(free)} left, and writes fail once it is full.` }],
    action: 'Review the backups',
    to: '/backups',
  };
}

function backupAttention({
  id,
  error,
}: NonNullable<Stats['attention']['failed_backup']>): Attention {
  const reason = error === '' ? '' : ` ${/[.!?]$/.test(error) ? error : `${error}.`}`;
  return {
    key: `backup:${id}`,
    words: [{ text: `The last backup failed.${reason}` }],
    action: 'Show the backup',
    to: `/backups?open=${id}`,
  };
}

function mailAttention(unsent: number): Attention {
  const asked = unsent === 1 ? 'A mail was' : `${unsent} mails were`;
  return {
    key: 'mail',
    words: [
      { text: `${asked} asked for, such as a link for a new password, and no mail server is set.` },
    ],
    action: 'Set up mail',
    to: '/settings?at=mail',
  };
}

function fileName(path: string): string {
  return path.split('/').at(-1) ?? path;
}

const COUNTS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six'] as const;
/** "Two things want a look." */
export function attentionTitle(count: number): string {
  return `${COUNTS[count] ?? count} ${count === 1 ? 'thing wants' : 'things want'} a look.`;
}
