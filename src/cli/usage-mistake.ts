import { findNearest } from '../lib/nearest.ts';

/** Commander's "error: unknown option '--prot'\n(Did you mean --port?)" as a sentence. */
export function describeMistake(
  text: string,
  { path, takesPassword }: { readonly path: readonly string[]; readonly takesPassword: boolean },
): string {
  const plain = withoutValues(text.trim().replace(/^error: /, ''), takesPassword);
  const [message = '', hint] = plain.split('\n');
  const end = /[.?!:]$/.test(message) ? '' : '.';
  const help =
    hint?.replace(/^\((.*)\)$/, '$1') ??
    suggestChoice(message) ??
    `See ${['tinybase', ...path, '--help'].join(' ')}.`;
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${end} ${help}\n`;
}

/** Commander has a hint for commands and options, and none for the values of an option. */
function suggestChoice(message: string): string | undefined {
  const [, given, choices] =
    /(?:argument|value) '([^']*)' is invalid.* Allowed choices are (.*)\.$/.exec(message) ?? [];
  if (given === undefined || choices === undefined) return undefined;
  const nearest = findNearest(given, choices.split(', '));
  return nearest === undefined ? undefined : `Did you mean ${nearest}?`;
}

/** A password with a space in it, one that begins with a dash, or one behind an option that there is not, must not get into a terminal's log. */
function withoutValues(message: string, takesPassword: boolean): string {
  return message
    .replace(/^(too many arguments .* but got \d+): .*$/s, '$1')
    .replace(
      /^unknown option '([^=']*)(=.*?)?'(?=$|\n)/s,
      (_, option: string, value: string | undefined) =>
        takesPassword && value === undefined
          ? 'unknown option (what begins with - and is none goes behind --)'
          : `unknown option '${option}'`,
    );
}
