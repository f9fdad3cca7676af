const TICK_MS = 5_000;

/** Says that it is still going on, whatever else is said. */
export function createProgress(onLine: (line: string) => void) {
  const begin = performance.now();
  const timer = setInterval(
    () => onLine(`Still working (${Math.round((performance.now() - begin) / 1_000)} s)`),
    TICK_MS,
  );
  return { end: () => clearInterval(timer) };
}

/** Noise, and what is said in our own words when the install has failed. */
const HIDDEN = /^(bun (install|add) v|error: |note: |Saved lockfile|Resolved, |\[[\d.]+m?s\] done)/;

/** A line of the package manager as people should read it; undefined when it is of no use to them. */
export function toShownLine(line: string): string | undefined {
  if (HIDDEN.test(line)) return undefined;
  if (line === 'Resolving dependencies') return 'Asking the registry';
  if (/^Checked \d+ install/.test(line)) return 'Everything is there already';
  const blocked = /^Blocked (\d+) \w+/.exec(line)?.[1];
  if (blocked !== undefined)
    return `${blocked} install ${blocked === '1' ? 'script was' : 'scripts were'} not run. To allow those of a package, name it in trustedDependencies of package.json.`;
  return line.replace(/^installed (?=\S+@)/, '+ ').replace(/ \[[\d.]+m?s\]$/, '');
}
