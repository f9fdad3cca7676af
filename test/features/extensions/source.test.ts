import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { makeTemporaryFolder } from '../../../scripts/support/server-process.ts';
import { parseSource, toStored } from '../../../src/features/extensions/source.ts';
import { writeFiles } from '../../support/fixtures.ts';

const dir = makeTemporaryFolder();
writeFiles(dir, { 'hello/main.ts': '', 'hello.tar.gz': '', 'hello.zip': '', 'hello.txt': '' });
const parse = (text: string) => parseSource(text, dir);

describe('where an extension comes from', () => {
  test('a folder and an archive are named by their paths', () => {
    expect(parse('hello')).toEqual({ kind: 'folder', path: join(dir, 'hello') });
    expect(parse('./hello/')).toEqual({ kind: 'folder', path: join(dir, 'hello') });
    expect(parse('hello.tar.gz')).toEqual({ kind: 'archive', path: join(dir, 'hello.tar.gz') });
  });

  test.each([
    ['https://example.com/a/hello-1.0.0.tar.gz?x=1', { kind: 'url' }],
    ['https://example.com/a/hello.tgz', { kind: 'url' }],
    ['http://127.0.0.1:8080/hello.tgz', { kind: 'url' }],
    ['https://example.com/a/hello', { kind: 'git', url: 'https://example.com/a/hello', ref: null }],
    ['https://example.com/a/hello.git#v1.2', { kind: 'git', ref: 'v1.2' }],
    ['git+https://example.com/a.tar.gz#main', { kind: 'git', url: 'https://example.com/a.tar.gz' }],
    ['git@example.com:ann/hello.git', { kind: 'git', url: 'git@example.com:ann/hello.git' }],
    ['ssh://git@example.com/ann/hello.git#feature/x', { kind: 'git', ref: 'feature/x' }],
    ['git://example.com/hello', { kind: 'git' }],
    ['file:///srv/hello.git', { kind: 'git' }],
  ])('%s is understood', (text, source) => {
    expect(parse(text)).toMatchObject(source);
  });

  test.each([
    ['hello.zip', 'unpack this one'],
    ['https://example.com/hello.zip', 'unpack this one'],
    ['hello.txt', 'ends in .tar.gz'],
    ['nothing', 'no such file'],
    ['http://example.com/hello.tar.gz', 'https only'],
    ['http://127.0.0.1.example.com/hello.tar.gz', 'https only'],
    ['http://example.com/hello.git', 'not by http'],
    ['https://', 'no address'],
  ])('%s is refused with what would be right', (text, reason) => {
    expect(() => parse(text)).toThrow(reason);
  });

  test.each([
    '--upload-pack=touch /tmp/owned',
    '-oProxyCommand=touch /tmp/owned',
    'git+--upload-pack=x://y',
    'ssh://-oProxyCommand=touch/x',
    'git+ssh://-oProxyCommand=touch@/x',
    '-oProxyCommand=x:y',
    'git@-oProxyCommand=x:y',
    'git@example.com:-x',
    'https://example.com/a.git#--upload-pack=x',
    'https://example.com/a.git#a..b',
    'https://example.com/a.git#a b',
    'https://example.com/a.git#a#b',
    'https://example.com/a.git#+refs/heads/*:refs/heads/*',
  ])('option injection: %s never comes to git', (text) => {
    expect(() => parse(text)).toThrow('cannot be installed');
  });

  test.each(['ext::sh -c touch% /tmp/owned', 'fd::17', 'ext::x', 'ext://x/y', 'transport-x::y'])(
    'a protocol that runs a program: %s is refused',
    (text) => {
      expect(() => parse(text)).toThrow('cannot be installed');
    },
  );

  test('a password in an address is neither shown nor kept', () => {
    for (const text of [
      'https://ann:s3cret@example.com/hello.git#v1',
      'https://s3cret@example.com/hello.tar.gz',
      'git+https://ann:s3cret@example.com/hello',
      'https://example.com/hello.tar.gz?private_token=s3cret',
      'https://example.com/hello.git?token=s3cret#v1',
    ])
      expect(JSON.stringify(toStored(parse(text), null))).not.toContain('s3cret');
    expect(() => parse('ftp://ann:s3cret@example.com/x')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('s3cret') }),
    );
    expect(toStored(parse('ssh://git@example.com/x.git'), null).location).toBe(
      'ssh://git@example.com/x.git',
    );
  });
});
