import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { inRoot } from '../scripts/support/paths.ts';

const page = readFileSync(inRoot('docs/guide/running.md'), 'utf8');
const unit = readFileSync(inRoot('scripts/release/tinybase.service'), 'utf8');

test('the page about running shows the unit of the archives as it is', () => {
  expect(page).toContain(`\`\`\`ini by-hand\n${unit}\`\`\``);
});

test('the unit gives the server no rights, one folder, and the time that it needs to stop', () => {
  const settings = new Set(unit.split('\n').filter((line) => /^\w+=/.test(line)));
  for (const wanted of [
    'User=tinybase',
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=',
    'ProtectSystem=strict',
    'StateDirectory=tinybase',
    'UMask=0077',
    'Restart=on-failure',
    'KillMode=mixed',
    'TimeoutStopSec=15',
  ])
    expect([...settings]).toContain(wanted);
  // Bun compiles while it runs, and workers read /proc/self.
  expect(unit).not.toMatch(/^(MemoryDenyWriteExecute=yes|ProcSubset=pid)/m);
});

test('every metric that the page names is one that the server has', () => {
  const named = new Set(page.match(/tinybase_[a-z_]+/g));
  const sources = ['src/http/metrics.ts', 'src/http/server.ts', 'src/app-parts.ts']
    .map((path) => readFileSync(inRoot(path), 'utf8'))
    .join('\n');
  expect(named.size).toBeGreaterThan(5);
  for (const name of named) expect(sources).toContain(`'${name}'`);
});
