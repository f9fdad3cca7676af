export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly failedNames: readonly string[];
  readonly skippedNames: readonly string[];
}

/** Reads the report that `bun test --reporter=junit` wrote. */
export function parseJunit(xml: string): TestCounts {
  const failedNames: string[] = [];
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
    else if (inside.includes('<failure') || inside.includes('<error')) failedNames.push(name);
    else passed++;
  }
  return { passed, failed: failedNames.length, failedNames, skippedNames };
}

function readAttribute(attributes: string, name: string): string {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
  return value
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
