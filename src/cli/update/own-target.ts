import { existsSync } from 'node:fs';

const CPUS: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

/** How releases name the platform that this program is built for. */
export function findOwnTarget(): string {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  return `${os}-${process.arch}${isMusl() ? '-musl' : ''}`;
}

/** The loader of the own process tells: a machine may have both. */
function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report = process.report?.getReport() as
    | { readonly header?: { readonly glibcVersionRuntime?: string } }
    | undefined;
  if (report?.header?.glibcVersionRuntime !== undefined) return false;
  return existsSync(`/lib/ld-musl-${CPUS[process.arch] ?? process.arch}.so.1`);
}
