import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../core/errors.ts';
import { statOf } from '../../core/stat-of.ts';
import { isSafeDownload, withoutPassword } from '../../lib/web-address.ts';
import type { ExtensionSource } from './schema.ts';

/** Where an extension is to come from. Addresses may hold a password, which is never shown or kept. */
export type Source =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'archive'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'git'; readonly url: string; readonly ref: string | null };

const ARCHIVE = /\.(tar\.gz|tgz)$/i;
const GIT_PROTOCOLS = ['https:', 'ssh:', 'git:', 'file:'];
/** `git@example.com:ann/hello.git`, as ssh has it. A host that begins with a - would be an option of ssh. */
const SSH_PATH = /^(?:[\w.-]+@)?[a-z0-9][\w.-]*:(?!\/\/)[^\s:-]\S*$/i;
/** git itself takes more; none of it begins with a -, which would be an option. */
const REF = /^[A-Za-z0-9_][\w./+-]{0,199}$/;

/** Reads what was typed, from where it was typed. */
export function parseSource(text: string, cwd: string): Source {
  // What is there is meant, whatever it looks like.
  const local = findLocal(text, cwd);
  if (local !== undefined) return local;
  const scheme = /^(?:git\+)?([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    if (SSH_PATH.test(text)) return toGit(text);
    throw refuse(text, 'There is no such file or folder, and it is no address');
  }
  if (text.startsWith('git+')) return toGit(text.slice('git+'.length));
  if (!URL.canParse(text)) throw refuse(text, 'This is no address');
  const url = new URL(text);
  if (ARCHIVE.test(url.pathname) && url.protocol !== 'file:') return toDownload(text, url);
  if (/\.zip$/i.test(url.pathname)) throw noZip(text);
  return toGit(text);
}

/** What was noted when it was installed, to ask there again. */
export function fromStored({ kind, location, ref }: ExtensionSource): Source {
  switch (kind) {
    case 'folder':
      return { kind, path: location };
    case 'archive':
      return { kind, path: location };
    case 'url':
      return { kind, url: location };
    case 'git':
      return { kind, url: location, ref };
    default:
      return kind satisfies never;
  }
}

/** A source as it is shown and kept. */
export function toStored(source: Source, commit: string | null): ExtensionSource {
  switch (source.kind) {
    case 'folder':
    case 'archive':
      return { kind: source.kind, location: source.path, ref: null, commit: null };
    case 'url':
      return { kind: 'url', location: withoutPassword(source.url), ref: null, commit: null };
    case 'git':
      return { kind: 'git', location: withoutPassword(source.url), ref: source.ref, commit };
    default:
      return source satisfies never;
  }
}

function findLocal(text: string, cwd: string): Source | undefined {
  const isFileUrl = /^file:\/\//i.test(text) && !text.includes('#');
  const path = isFileUrl ? toPath(text) : resolve(cwd, text.replace(/^~(?=\/|$)/, homedir()));
  const stat = path === undefined ? undefined : statOf(path);
  if (path === undefined || stat === undefined) return undefined;
  // An address of a folder is one of a repository.
  if (stat.isDirectory()) return isFileUrl ? undefined : { kind: 'folder', path };
  if (!stat.isFile()) throw refuse(text, 'It is neither a file nor a folder');
  if (/\.zip$/i.test(path)) throw noZip(text);
  if (!ARCHIVE.test(path)) throw refuse(text, 'An archive is a file that ends in .tar.gz or .tgz');
  return { kind: 'archive', path };
}

function toPath(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

function toDownload(text: string, url: URL): Source {
  if (!isSafeDownload(url))
    throw refuse(
      text,
      'An archive is downloaded by https only: on the way anybody could change it',
    );
  return { kind: 'url', url: url.href };
}

function toGit(text: string): Source {
  const [address = '', ref, ...more] = text.split('#');
  if (more.length > 0 || (ref !== undefined && (!REF.test(ref) || ref.includes('..'))))
    throw refuse(text, 'What follows the # is no branch, tag or commit');
  if (!SSH_PATH.test(address)) {
    if (!URL.canParse(address)) throw refuse(text, 'This is no address');
    const { protocol, hostname } = new URL(address);
    if (!GIT_PROTOCOLS.includes(protocol))
      throw refuse(
        text,
        `A repository is fetched by https, ssh, git or file, not by ${protocol.slice(0, -1)}`,
      );
    if (hostname.startsWith('-') || (hostname === '' && protocol !== 'file:'))
      throw refuse(text, 'This is no address of a repository');
  }
  return { kind: 'git', url: address, ref: ref ?? null };
}

function noZip(text: string): AppError {
  return refuse(text, 'Archives are .tar.gz or .tgz: unpack this one and install its folder');
}

function refuse(text: string, reason: string): AppError {
  return new AppError('invalid_input', `${withoutPassword(text)} cannot be installed. ${reason}.`);
}
