import type { ArgumentNode, CommandNode, OptionNode, ValueNode } from './command-tree.ts';

/** What a shell is told about the word that is being typed. */
export type Completion =
  | { readonly kind: 'files' | 'folders' }
  | { readonly kind: 'words'; readonly words: readonly CompletedWord[] };

export interface CompletedWord {
  readonly word: string;
  readonly description: string;
}

/** The names of what an instance has, of a kind that the value of a command is of. */
export type FindNames = (kind: ValueNode['kind']) => Promise<readonly string[]>;

/**
 * Bash puts what is offered into the line as it is, and names come from others: who signs up chooses an
 * address. What a shell would read as more than a word is not offered.
 */
const PLAIN_NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.@+%-]*$/u;

const NOTHING: Completion = { kind: 'words', words: [] };

/** What may stand in the place of the last word, after the others. */
export async function complete(
  root: CommandNode,
  typed: readonly string[],
  findNames: FindNames,
): Promise<Completion> {
  const place = findPlace(root, typed.slice(0, -1));
  // Bash makes a word of its own of the sign between a flag and its value.
  const last = typed.at(-1) ?? '';
  const current = place.pending !== undefined && last === '=' ? '' : last;
  if (place.pending !== undefined) return completeValue(place.pending, current, '', findNames);
  if (current.startsWith('-') && !place.isOnlyArguments) {
    const [flag = '', ...rest] = current.split('=');
    const option = rest.length > 0 ? findOption(place.command, flag) : undefined;
    if (option?.value === undefined) return flagsOf(place.command, current);
    return completeValue(option.value, current, `${flag}=`, findNames);
  }
  const { commands, args } = place.command;
  if (commands.length > 0)
    return place.argumentCount > 0
      ? NOTHING
      : toWords(
          commands.map(({ words, description }) => ({
            word: words.at(-1) ?? '',
            description: description.replace(/\.$/, ''),
          })),
          current,
        );
  const argument = findArgument(args, place.argumentCount);
  return argument === undefined ? NOTHING : completeValue(argument, current, '', findNames);
}

interface Place {
  readonly command: CommandNode;
  readonly argumentCount: number;
  /** A flag waits for its value. */
  readonly pending: ValueNode | undefined;
  /** Behind `--`. */
  readonly isOnlyArguments: boolean;
}

function findPlace(root: CommandNode, before: readonly string[]): Place {
  let command = root;
  let argumentCount = 0;
  let pending: ValueNode | undefined;
  let isOnlyArguments = false;
  for (const word of before) {
    if (pending !== undefined) {
      if (word !== '=') pending = undefined;
    } else if (isOnlyArguments) argumentCount++;
    else if (word === '--') isOnlyArguments = true;
    else if (word.startsWith('-') && word !== '-')
      pending = word.includes('=') ? undefined : findOption(command, word)?.value;
    else {
      const below = command.commands.find(({ words }) => words.at(-1) === word);
      if (below && argumentCount === 0) command = below;
      else argumentCount++;
    }
  }
  return { command, argumentCount, pending, isOnlyArguments };
}

function findOption({ options }: CommandNode, flag: string): OptionNode | undefined {
  return options.find(({ short, long }) => flag === short || flag === long);
}

function findArgument(args: readonly ArgumentNode[], index: number): ArgumentNode | undefined {
  const last = args.at(-1);
  return args[index] ?? (last?.isVariadic ? last : undefined);
}

function flagsOf({ options }: CommandNode, current: string): Completion {
  const flags = options.flatMap(({ short, long, description }) =>
    [long, short].flatMap((word) => (word === undefined ? [] : [{ word, description }])),
  );
  return toWords(flags, current);
}

async function completeValue(
  { kind, choices }: ValueNode,
  current: string,
  prefix: string,
  findNames: FindNames,
): Promise<Completion> {
  const words = (names: readonly string[]) =>
    toWords(
      names.map((name) => ({ word: `${prefix}${name}`, description: '' })),
      current,
    );
  if (choices.length > 0) return words(choices);
  switch (kind) {
    case 'file':
      return { kind: 'files' };
    case 'folder':
      return { kind: 'folders' };
    case 'text':
      return NOTHING;
    case 'collection':
    case 'function':
    case 'extension':
    case 'environment':
    case 'revision':
    case 'account':
      return words((await findNames(kind)).filter((name) => PLAIN_NAME.test(name)));
    default:
      return kind satisfies never;
  }
}

function toWords(words: readonly CompletedWord[], current: string): Completion {
  return { kind: 'words', words: words.filter(({ word }) => word.startsWith(current)) };
}

/** One line for each: the scripts of src/cli/completion-scripts.ts read them. */
export function formatCompletion(completion: Completion): string {
  if (completion.kind !== 'words') return `:${completion.kind}`;
  return completion.words
    .map(({ word, description }) => (description === '' ? word : `${word}\t${description}`))
    .join('\n');
}
