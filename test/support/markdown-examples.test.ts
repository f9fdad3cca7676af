import { describe, expect, test } from 'bun:test';
import { readBlocks } from './markdown-blocks.ts';
import { readCommands } from './shell-words.ts';
import { compareJson, compareText } from './shown-answer.ts';

describe('blocks of a page', () => {
  test('are known by their marks, and one without is told', () => {
    const page =
      '# A\n\n```sh status=403\ncurl a\n```\n\n```json answer exactly\n{}\n```\n\n```ts\nx\n```\n';
    const expected = { status: undefined, exit: undefined };
    const needsRegistry = false;
    expect(readBlocks(page)).toEqual([
      {
        kind: 'commands',
        line: 3,
        text: 'curl a\n',
        needsRegistry,
        expected: { ...expected, status: 403 },
      },
      {
        kind: 'answer',
        line: 7,
        text: '{}\n',
        needsRegistry,
        language: 'json',
        expected,
        isExact: true,
      },
      { kind: 'unmarked', line: 11, text: 'x\n', needsRegistry, mark: 'ts' },
    ]);
  });
});

test('a block that takes a package says so', () => {
  const page = '```ts file=functions/a.ts registry\nx\n```\n\n```sh registry\ncurl a\n```\n';
  expect(readBlocks(page)).toMatchObject([
    { kind: 'file', name: 'functions/a.ts', needsRegistry: true },
    { kind: 'commands', needsRegistry: true },
  ]);
});

describe('commands', () => {
  const variables = new Map([['URL', 'http://a']]);
  const read = (text: string) => readCommands(text, variables);

  test('are split as a shell splits them', () => {
    expect(read(`curl "$URL/b c" \\\n  -d '{"a": "$X"}'\ncurl "a\\"b" x=$URL\n`)).toEqual([
      ['curl', 'http://a/b c', '-d', '{"a": "$X"}'],
      ['curl', 'a"b', 'x=http://a'],
    ]);
  });

  test('may hold a text of several lines', () => {
    expect(read(`curl --json '{\n  "a": 1\n}'\ncurl b`)).toEqual([
      ['curl', '--json', '{\n  "a": 1\n}'],
      ['curl', 'b'],
    ]);
  });

  test('that need a real shell, or a value that nobody set, are refused', () => {
    for (const text of ['curl a | jq .b', 'curl a > b', 'curl $NOTHING', "curl 'a", "curl a'b"])
      expect(() => read(text), text).toThrow();
  });
});

describe('a shown answer', () => {
  const compare = (shown: unknown, actual: unknown, isExact = false) =>
    compareJson(shown, actual, new Map([['ID', 'x']]), isExact).length === 0;

  test('may leave out keys, texts and the rest of a list where it says so', () => {
    expect(compare({ a: '…', b: ['y', '…'] }, { a: 'b', b: ['y', 1, 2], c: 3 })).toBe(true);
    expect(compare({ a: 'at …: no' }, { a: 'at 5: no' })).toBe(true);
    expect(compare({ a: '$ID', b: 'record $ID' }, { a: 'x', b: 'record x' })).toBe(true);
  });

  test('must be true in all that it shows', () => {
    expect(compare({ a: 1 }, { a: 2 })).toBe(false);
    expect(compare({ a: '…' }, {})).toBe(false);
    expect(compare({ a: null }, {})).toBe(false);
    expect(compare({ a: [] }, { a: [1] })).toBe(false);
    expect(compare([1, '…'], [])).toBe(false);
    expect(compare({ a: '$ID' }, { a: 'y' })).toBe(false);
    expect(compare({ a: {} }, { a: [] })).toBe(false);
    expect(compare({ a: 'a.c' }, { a: 'abc' })).toBe(false);
    expect(compare({ a: 1 }, { a: 1, b: 2 }, true)).toBe(false);
  });

  test('keeps the value of a name for later', () => {
    const variables = new Map<string, string>();
    expect(compareJson({ id: '$NEW' }, { id: 'z' }, variables)).toEqual([]);
    expect(variables.get('NEW')).toBe('z');
  });

  test('of text shows lines in their order', () => {
    expect(compareText('a\nc …\n', 'a\r\nb\r\nc d\r\n', new Map())).toEqual([]);
    expect(compareText('b\na\n', 'a\nb\n', new Map())).toHaveLength(1);
  });
});
