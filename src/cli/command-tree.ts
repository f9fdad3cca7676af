import type { Argument, Command, Option } from 'commander';
import { type Example, textsOf } from './command-texts.ts';

/** What a value is, as far as a shell can help with it. */
export type ValueKind =
  | 'text'
  | 'file'
  | 'folder'
  | 'collection'
  | 'function'
  | 'extension'
  | 'environment'
  | 'revision'
  | 'account';

export interface ValueNode {
  /** As the help names it: `file` of `<file>`. */
  readonly name: string;
  readonly kind: ValueKind;
  readonly choices: readonly string[];
}

export interface ArgumentNode extends ValueNode {
  readonly description: string;
  readonly isRequired: boolean;
  readonly isVariadic: boolean;
}

export interface OptionNode {
  /** With their dashes. */
  readonly short: string | undefined;
  readonly long: string | undefined;
  readonly description: string;
  /** Undefined for a switch. */
  readonly value: ValueNode | undefined;
}

/** A command as data: what completion, the manual page and the documentation are made from. */
export interface CommandNode {
  /** Without `tinybase`. */
  readonly words: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly args: readonly ArgumentNode[];
  readonly options: readonly OptionNode[];
  readonly notes: readonly string[];
  readonly examples: readonly Example[];
  readonly commands: readonly CommandNode[];
}

/** The words that the help puts in angle brackets for values that a shell knows. */
const KINDS: Readonly<Record<string, ValueKind>> = {
  file: 'file',
  source: 'file',
  dir: 'folder',
  collection: 'collection',
  function: 'function',
  extension: 'extension',
  environment: 'environment',
  revision: 'revision',
  email: 'account',
};

export function toCommandNode(command: Command, words: readonly string[] = []): CommandNode {
  const help = command.createHelp();
  const { examples, notes } = textsOf(command);
  return {
    words,
    summary: command.summary(),
    description: command.description(),
    args: command.registeredArguments.map(toArgumentNode),
    options: help.visibleOptions(command).map(toOptionNode),
    notes,
    examples,
    commands: help
      .visibleCommands(command)
      .map((below) => toCommandNode(below, [...words, below.name()])),
  };
}

/** A command and all that are below it. */
export function allCommands(node: CommandNode): CommandNode[] {
  return [node, ...node.commands.flatMap(allCommands)];
}

function toArgumentNode(argument: Argument): ArgumentNode {
  return {
    ...toValueNode(argument.name(), argument.argChoices),
    description: argument.description,
    isRequired: argument.required,
    isVariadic: argument.variadic,
  };
}

function toOptionNode(option: Option): OptionNode {
  const [, name] = /[<[]([^\]>]+)[\]>]$/.exec(option.flags) ?? [];
  return {
    short: option.short,
    long: option.long,
    description: option.description,
    value: name === undefined ? undefined : toValueNode(name, option.argChoices),
  };
}

function toValueNode(name: string, choices: readonly string[] | undefined): ValueNode {
  return { name, kind: KINDS[name] ?? 'text', choices: choices ?? [] };
}
