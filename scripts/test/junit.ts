export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly TestFailure[];
  readonly skippedNames: readonly string[];
}

export interface TestFailure {
  readonly name: string;
  /** The message and where it was thrown, as the runner tells it. */
  readonly why: string;
}

/** Reads the report that `bun test --reporter=junit` wrote. */
export function parseJunit(xml: string): TestCounts {
  const failures: TestFailure[] = [];
  const skippedNames: string[] = [];
  let passed = 0;
  for (const [, attributes = '', inside = ''] of xml.matchAll(
    /<testcase ([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    const name = [readAttribute(attributes, 'file'), readAttribute(attributes, 'classname')]
      .concat(readAttribute(attributes, 'name'))
      .filter((part) => part !== '')
      .join(' › ');
    if (inside.includes('<skipped')) skippedNames.push(name);
    else if (inside.includes('<failure') || inside.includes('<error'))
      failures.push({ name, why: readText(inside) });
    else passed++;
  }
  return { passed, failed: failures.length, failures, skippedNames };
}

function readAttribute(attributes: string, name: string): string {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
  return unescapeXml(value);
}

function readText(xml: string): string {
  return unescapeXml(xml.replaceAll(/<[^>]*>/g, '')).trim();
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&#10;', '\n')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

/** The runner's own closing count; files that do not load are only counted there. */
export function parseFailLine(output: string): number {
  const plain = Bun.stripANSI(output);
  return Number([...plain.matchAll(/^\s*(\d+) fail$/gm)].at(-1)?.[1] ?? 0);
}

/** Errors that belong to no test, such as a rejection that nobody waits for: the report has none of them. */
export function parseStrayErrors(output: string): readonly TestFailure[] {
  const plain = Bun.stripANSI(output);
  return [...plain.matchAll(/^# (Unhandled error.*)\n-+\n([\s\S]*?)\n-{20,}$/gm)].map(
    ({ index, 1: what = '', 2: why = '' }) => {
      const [, file = ''] =
        [...plain.slice(0, index).matchAll(/^(\S+\.test\.ts):$/gm)].at(-1) ?? [];
      return { name: `${file} › ${what}`, why: why.trim() };
    },
  );
}
