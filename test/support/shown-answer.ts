type Variables = Map<string, string>;

/**
 * Where an answer differs from what a page shows of it. In the page `…` stands for any text, or for
 * further items at the end of a list; keys may be left out; `"$NAME"` is a value that later examples use.
 */
export function compareJson(
  shown: unknown,
  actual: unknown,
  variables: Variables,
  isExact = false,
  path = 'answer',
): readonly string[] {
  const differs = () => [`${path}: shown ${JSON.stringify(shown)}, got ${JSON.stringify(actual)}`];
  if (typeof shown === 'string') {
    if (shown === '…') return actual === undefined ? differs() : [];
    if (typeof actual !== 'string') return differs();
    const name = /^\$([A-Z][A-Z0-9_]*)$/.exec(shown)?.[1];
    if (name !== undefined && !variables.has(name)) variables.set(name, actual);
    return isLike(shown, actual, variables) ? [] : differs();
  }
  if (Array.isArray(shown)) {
    if (!Array.isArray(actual)) return differs();
    const isOpen = shown.at(-1) === '…';
    const items = isOpen ? shown.slice(0, -1) : shown;
    if (isOpen ? actual.length < items.length : actual.length !== items.length) return differs();
    return items.flatMap((item, index) =>
      compareJson(item, actual[index], variables, isExact, `${path}[${index}]`),
    );
  }
  if (typeof shown === 'object' && shown !== null) {
    if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return differs();
    const more = Object.keys(actual).filter((key) => isExact && !Object.hasOwn(shown, key));
    if (more.length > 0) return [`${path}: there is more than shown: ${more.join(', ')}`];
    return Object.entries(shown).flatMap(([key, value]) =>
      compareJson(
        value,
        (actual as Readonly<Record<string, unknown>>)[key],
        variables,
        isExact,
        `${path}.${key}`,
      ),
    );
  }
  return shown === actual ? [] : differs();
}

/** The shown lines that the text does not hold, in their order. */
export function compareText(
  shown: string,
  actual: string,
  variables: Variables,
): readonly string[] {
  const lines = actual.split(/\r?\n/);
  const missing: string[] = [];
  for (const line of shown.trimEnd().split('\n')) {
    const index = lines.findIndex((one) => isLike(line.trimEnd(), one.trimEnd(), variables));
    if (index < 0) missing.push(`the line ${JSON.stringify(line)} is not in ${actual}`);
    else lines.splice(0, index + 1);
  }
  return missing;
}

function isLike(shown: string, actual: string, variables: Variables): boolean {
  const pattern = shown
    .replaceAll(/\$([A-Z][A-Z0-9_]*)/g, (whole, name: string) => variables.get(name) ?? whole)
    .split('…')
    .map((part) => RegExp.escape(part))
    .join('[\\s\\S]*');
  return new RegExp(`^${pattern}$`).test(actual);
}
