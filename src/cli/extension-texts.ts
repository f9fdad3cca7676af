import type { ExtensionOffer, ShownSource } from './extension-types.ts';
import { type CliIo, createPaint, formatTable, toVisible } from './output.ts';

const KILOBYTE = 1_024;
const SHORT_COMMIT = 10;

/** What an extension is and what installing it does, before anybody is asked. */
export function describeOffer(offer: ExtensionOffer, io: CliIo): string {
  const { bold, yellow } = createPaint(io.hasColour);
  const { manifest, replaces } = offer;
  const packages = Object.entries(offer.packages).map(([name, range]) => `${name} ${range}`);
  const settings = manifest.settings.map(({ name, isSecret }) =>
    isSecret ? `${name} (secret)` : name,
  );
  const rows: (readonly [string, string])[] = [
    ['From', describeSource(offer.source)],
    ['Author', manifest.author ?? 'not said'],
    ['License', manifest.license ?? 'not said'],
    ['Files', `${offer.fileCount}, ${formatSize(offer.bytes)}; begins with ${offer.entry}`],
    ['Packages', packages.join(', ') || 'none'],
    ['Hooks', offer.hooks.join(', ') || 'none that its files name'],
    ...(settings.length > 0 ? [['Settings', settings.join(', ')] as const] : []),
    ...(replaces === null
      ? []
      : [['Replaces', `${manifest.name} ${replaces}, whose settings stay`] as const]),
  ];
  return [
    `${bold(toVisible(manifest.name))} ${manifest.version}`,
    ...(manifest.description === null ? [] : [toVisible(manifest.description)]),
    formatTable(rows.map(([name, value]) => [`  ${name}`, toVisible(value)])),
    yellow('It runs with all rights of the server: its files, its environment, its network.'),
  ].join('\n');
}

export function describeSource({ kind, location, ref, commit }: ShownSource): string {
  if (kind !== 'git') return location;
  const at = commit === null ? '' : ` (commit ${commit.slice(0, SHORT_COMMIT)})`;
  return `${location}${ref === null ? '' : `#${ref}`}${at}`;
}

function formatSize(bytes: number): string {
  return bytes < KILOBYTE ? `${bytes} bytes` : `${Math.ceil(bytes / KILOBYTE)} KB`;
}
