import type { FileFormat } from './file-header.ts';

export interface Target {
  /** As archives and npm packages are named. */
  readonly name: string;
  /** The package of npm that holds Bun for it, without its scope. */
  readonly runtime: string;
  /** As `bun build --target` names it. */
  readonly bunTarget: Bun.Build.CompileTarget;
  readonly archive: 'tar.gz' | 'zip';
  readonly program: 'tinybase' | 'tinybase.exe';
  /** Compiled ahead: starts in half the time and takes 9 MB, which Windows has no room for. */
  readonly hasBytecode: boolean;
  /** What a package of npm says, so that npm installs the right one. */
  readonly npm: { readonly os: string; readonly cpu: string; readonly libc?: 'glibc' | 'musl' };
  /** What the header of the program must say. */
  readonly header: {
    readonly format: FileFormat;
    readonly architecture: 'x64' | 'arm64';
    /** The loader of Linux programs. */
    readonly interpreter?: string;
  };
}

export const TARGETS: readonly Target[] = [
  linux('linux-x64', 'linux-x64', 'x64', '/lib64/ld-linux-x86-64.so.2'),
  linux('linux-arm64', 'linux-aarch64', 'arm64', '/lib/ld-linux-aarch64.so.1'),
  linux('linux-x64-musl', 'linux-x64-musl', 'x64', '/lib/ld-musl-x86_64.so.1'),
  linux('linux-arm64-musl', 'linux-aarch64-musl', 'arm64', '/lib/ld-musl-aarch64.so.1'),
  darwin('darwin-arm64', 'darwin-aarch64', 'arm64'),
  darwin('darwin-x64', 'darwin-x64', 'x64'),
  {
    name: 'windows-x64',
    runtime: 'bun-windows-x64',
    bunTarget: 'bun-windows-x64',
    archive: 'zip',
    program: 'tinybase.exe',
    hasBytecode: false,
    npm: { os: 'win32', cpu: 'x64' },
    header: { format: 'pe', architecture: 'x64' },
  },
];

function linux(
  name: `linux-${'x64' | 'arm64'}${'' | '-musl'}`,
  runtime: string,
  architecture: 'x64' | 'arm64',
  interpreter: string,
): Target {
  return {
    ...unix(name, runtime),
    npm: { os: 'linux', cpu: architecture, libc: name.endsWith('-musl') ? 'musl' : 'glibc' },
    header: { format: 'elf', architecture, interpreter },
  };
}

function darwin(
  name: `darwin-${'x64' | 'arm64'}`,
  runtime: string,
  architecture: 'x64' | 'arm64',
): Target {
  return {
    ...unix(name, runtime),
    npm: { os: 'darwin', cpu: architecture },
    header: { format: 'mach-o', architecture },
  };
}

function unix(
  name: `linux-${'x64' | 'arm64'}${'' | '-musl'}` | `darwin-${'x64' | 'arm64'}`,
  runtime: string,
) {
  return {
    name,
    runtime: `bun-${runtime}`,
    bunTarget: `bun-${name}`,
    archive: 'tar.gz',
    program: 'tinybase',
    hasBytecode: true,
  } as const;
}
