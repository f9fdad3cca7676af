import { complete, type FindNames, formatCompletion } from './complete.ts';
import type { CliContext } from './define-command.ts';
import { openProject } from './settings.ts';

/** Prints what may stand in the place of the last word. A person is typing: it never tells a fault. */
export async function answerShell(context: CliContext, words: readonly string[]): Promise<void> {
  // While the first word is typed, its name and summary are enough.
  const word = words.length > 1 ? (words[0] ?? '') : '';
  const answer = formatCompletion(
    await complete(await context.readTree(word), words, createFindNames(context, words)),
  );
  if (answer !== '') context.io.out(answer);
}

function createFindNames({ io, opener }: CliContext, words: readonly string[]): FindNames {
  return async (kind) => {
    try {
      const quiet = { ...io, err: () => {} };
      const project = openProject(quiet, {
        ...findValue('dir', '--dir', words),
        ...findValue('envFile', '--env-file', words),
      });
      if (kind === 'environment') return Object.keys(project.config.environments);
      return await (await opener.openFacts(project)).names(kind);
    } catch {
      return [];
    }
  };
}

function findValue<Key extends string>(
  key: Key,
  flag: string,
  words: readonly string[],
): Partial<Record<Key, string>> {
  const [, value] =
    words
      .map((word, index) => (word === flag ? [flag, words[index + 1]] : word.split(/=(.*)/s)))
      .find(([name]) => name === flag) ?? [];
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<Key, string>>);
}
