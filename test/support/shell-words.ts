/**
 * The commands of a block, each as its words: quotes, `$NAME` and a backslash at the end of a line, and
 * nothing else of a shell.
 */
export function readCommands(
  text: string,
  variables: ReadonlyMap<string, string>,
): readonly (readonly string[])[] {
  return text
    .replaceAll(/\\\n\s*/g, ' ')
    .split(/\n(?=[^\s'}\])])/)
    .map((command) => splitWords(command.trim(), variables))
    .filter((words) => words.length > 0);
}

const WORD = /'([^']*)'|"((?:[^"\\]|\\.)*)"|(\s+)|([^\s'"]+)/gy;

function splitWords(command: string, variables: ReadonlyMap<string, string>): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let end = 0;
  for (const found of command.matchAll(WORD)) {
    const [whole, single, double, space, plain] = found;
    end = found.index + whole.length;
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (single !== undefined) word = (word ?? '') + single;
    else if (double !== undefined)
      word = (word ?? '') + expand(double.replaceAll(/\\(["\\$])/g, '$1'), variables);
    else {
      if (/[|&;<>`*]/.test(plain ?? '')) throw new Error(`a shell would be needed for ${plain}`);
      word = (word ?? '') + expand(plain ?? '', variables);
    }
  }
  if (end < command.length) throw new Error(`a quote is open in: ${command}`);
  if (word !== undefined) words.push(word);
  return words;
}

/** Puts values in for `$NAME`; one that nobody has set is a fault of the page. */
function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$([A-Z][A-Z0-9_]*)/g, (_whole, name: string) => {
    const value = variables.get(name);
    if (value === undefined) throw new Error(`$${name} has no value yet`);
    return value;
  });
}
