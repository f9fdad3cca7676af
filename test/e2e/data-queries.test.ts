import { beforeAll, describe, expect, test } from 'bun:test';
import { serveForFile } from '../support/served.ts';
import { addRows, ID, keysOf, QUOTED } from './data-rows.ts';
import { add, define, expectFaults, listOf } from './data-support.ts';

const served = serveForFile({}, addRows);

/** The keys of the records that a filter finds, and whether `total` agrees. */
async function find(filter: string, collection = 'rows', who = served().admin): Promise<string> {
  const answer = await who.get(listOf(collection, { filter, sort: 'key' }));
  if (answer.status !== 200) return `${answer.status} ${JSON.stringify(answer.body)}`;
  expect(answer.body.total, filter).toBe(answer.body.items.length);
  return keysOf(answer.body.items);
}

const FINDS: readonly (readonly [filter: string, keys: string])[] = [
  // equality, with null as a value
  ['n = 1', 'a'],
  ['n = 1.0', 'a'],
  ['n = 1e0', 'a'],
  ['n = -5', 'e'],
  ['n = -0', 'c'],
  ['n != 1', 'bcde'],
  ['!(n = 1)', 'bcde'],
  ['!n = 1', 'bcde'],
  ['!!n = 1', 'a'],
  ['n = null', 'd'],
  ['n != null', 'abce'],
  ['!(n != null)', 'd'],
  ["name = 'Alpha'", 'a'],
  ["name = 'alpha'", ''],
  ["name = ''", 'c'],
  ["name = 'beta%'", 'b'],
  ["name = 'bet%'", ''],
  ['f = 1', 'b'],
  ['f = 0', 'c'],
  ['ok = true', 'a'],
  ['ok = false', 'bc'],
  ['ok != false', 'ade'],
  ["day = '2024-02-29'", 'b'],
  ["uid = '0190A8B4-7C1E-7D3A-9F52-1C2D3E4F5A6B'", 'a'],
  ["mail = 'ANN@Example.com'", 'a'],
  ["link = 'https://example.com/a'", ''],
  // order, false for null, and its exact complement
  ['n < 1', 'ce'],
  ['n <= 1', 'ace'],
  ['n > 0', 'ab'],
  ['n >= 0', 'abc'],
  ['!(n > 0)', 'cde'],
  ['!(n <= 0)', 'abd'],
  ['f >= 0.5', 'ab'],
  ['f < -1e300', ''],
  ["name < 'a'", 'ace'],
  ["name > 'B'", 'be'],
  ["day < '2024-02-29'", 'a'],
  ["mail > 'ANN'", 'a'],
  // moments are compared in UTC
  ["at = '2024-01-01T12:00:00Z'", 'a'],
  ["at = '2024-01-01T14:00:00+02:00'", 'a'],
  ["at = '2024-01-01T11:00:00.000Z'", 'b'],
  ["at < '2024-01-01T13:30:00+02:00'", 'b'],
  ["at >= '2024-01-01T06:30:00-05:00'", 'a'],
  ['at < @now', 'ab'],
  ['at > @now', ''],
  ['day <= @now', 'ab'],
  ['created_at <= @now', 'abcde'],
  ["updated_at > '2000-01-01T00:00:00Z'", 'abcde'],
  // contains: case folded, with % and _ as ordinary characters, false for null
  ["name ~ 'ALPH'", 'a'],
  ["name ~ '%'", 'b'],
  ["name ~ '_'", ''],
  ["name ~ 'a%'", 'b'],
  ["name ~ '*'", ''],
  ["name ~ ''", 'abce'],
  ["name !~ ''", 'd'],
  ["name !~ 'a'", 'cde'],
  ["!(name ~ 'a')", 'cde'],
  ["mail ~ '@EXAMPLE'", 'a'],
  ["link ~ 'COM/a'", 'a'],
  // both quotes, and a backslash before them
  [`name = 'O\\'Neil "q" \\\\'`, 'e'],
  [`name = "O'Neil \\"q\\" \\\\"`, 'e'],
  [`name ~ '\\\\'`, 'e'],
  [`name ~ "'"`, 'e'],
  // lists
  ["tags ?= 'x'", 'a'],
  ["tags ?= 'X'", ''],
  ["!(tags ?= 'x')", 'bcde'],
  ['tags = null', 'cde'],
  ['tags != null', 'ab'],
  ['nums ?= 0', 'b'],
  ['nums ?= 2', 'a'],
  ["any ?= '1'", 'b'],
  ['any ?= 1', 'b'],
  ['any = null', 'd'],
  // in
  ['n in (0, 1)', 'ac'],
  ['n in (7)', ''],
  ['n in (0, null)', 'cd'],
  ['!(n in (0, 1))', 'bde'],
  ['n in (null)', 'd'],
  ["name in ('', 'Alpha', 'nobody')", 'ac'],
  ['ok in (true, null)', 'ade'],
  // paths
  ["meta.k = 'v'", 'a'],
  ['meta.k = 5', 'e'],
  ["meta.k = '5'", ''],
  ['meta.k = null', 'bcd'],
  ["meta.k != 'v'", 'bcde'],
  ['meta.k > 4', 'e'],
  ["meta.k ~ 'V'", 'a'],
  ['meta.deep.n >= 5', 'a'],
  ['meta.with-dash = true', 'a'],
  ["meta.0 = 'zero'", 'a'],
  ['meta.deep.n.more = null', 'abcde'],
  ['meta = null', 'd'],
  ['strict.size = 3', 'a'],
  ['strict.size in (3, null)', 'abcde'],
  ['any.a = 1', 'e'],
  // and, or, brackets, space
  ['n = 1 && ok = true', 'a'],
  ['n = 1 || n = 2', 'ab'],
  ['n = 1 || n = 2 && ok = true', 'a'],
  ['(n = 1 || n = 2) && ok = false', 'b'],
  ['!(n = 1 || n = 2) && n != null', 'ce'],
  ['!(n = 1 && ok = true || n = null)', 'bce'],
  ['  (\t(n=1)\r\n) ', 'a'],
  ["n=1&&name~'al'||n=2", 'ab'],
  // ids and owners
  ['owner_id = @me', 'bcde'],
  ['owner_id != @me', 'a'],
  ['owner_id = null', ''],
  ['id != null', 'abcde'],
  [`id = '${ID}'`, ''],
  ['who = @me', ''],
  ['who != null', 'a'],
];

/** Grammar: where it goes wrong, counted in characters from 1, and what was expected. */
const BROKEN: readonly (readonly [filter: string, at: number, expected: RegExp])[] = [
  ['', 1, /expected .*field/i],
  ['   ', 4, /expected/],
  ['n', 2, /expected an operator/],
  ['n 5', 3, /expected an operator.*5/],
  ['n =', 4, /expected a value.*end/],
  ['n = 1 n = 2', 7, /expected &&.*"n"/],
  ['n = 1 &&', 9, /expected/],
  ['(n = 1', 7, /\)/],
  ['n = 1)', 6, /expected &&/],
  ['n == 1', 3, /write =/],
  ['n <> 1', 3, /write !=/],
  ['n = 1 and ok = true', 7, /write &&/],
  ['n = 1 or ok = true', 7, /write \|\|/],
  ['n = 1 & ok = true', 7, /write &&/],
  ["name like 'a'", 6, /write ~/],
  ["name = 'x", 8, /not closed/],
  ['name = x', 8, /quotation/],
  ["name = 'a\\n'", 10, /backslash/],
  ['n = 01', 5, /number/],
  ['n = .5', 5, /expected a value/],
  ['n = 1e999', 5, /too great/],
  ['n = 5x', 5, /number/],
  ['n in ()', 7, /expected a value/],
  ['n in 1', 6, /\(/],
  ['n in (1', 8, /comma or \)/],
  ['n = @you', 5, /expected a value/],
  ['n = 1; DROP TABLE user', 6, /expected/],
  ["name = '\u{1F4A9}' &", 12, /write &&/],
  ['\u{1F4A9} = 1', 1, /expected/],
  ['5 = n', 1, /expected/],
  ['n = n', 5, /expected a value/],
  ['n..b = 1', 2, /expected an operator/],
];

/** Values, operators and names that do not fit, and where. */
const MISFITS: readonly (readonly [filter: string, at: number, about: RegExp])[] = [
  ["n = 'x'", 5, /n must be/],
  ['n = 1.5', 5, /n must be/],
  ['n = 9007199254740993', 5, /n must be/],
  ['n = true', 5, /n must be/],
  ["f = '1'", 5, /f must be/],
  ['ok = 1', 6, /ok must be/],
  ["ok = 'true'", 6, /ok must be/],
  ['name = 5', 8, /name must be/],
  ["day = '2024-02-30'", 7, /day must be/],
  ["day = '2024-01-01T00:00:00Z'", 7, /day must be/],
  ["at = '2024-01-01'", 6, /at must be/],
  ["at = '2024-01-01T00:00:00'", 6, /at must be/],
  ["mail = 'ann'", 8, /mail/],
  ["uid = 'x'", 7, /uid/],
  ["id = 'x'", 6, /id/],
  ["who = 'ann'", 7, /who/],
  ["created_at > 'yesterday'", 14, /created_at must be/],
  ["n in (1, 'x')", 10, /n must be/],
  ['n < null', 5, /null/],
  ['name ~ null', 8, /text/],
  ['name ~ 5', 8, /name/],
  ['ok > true', 4, /does not work/],
  ["n ~ '1'", 3, /does not work/],
  ['n ?= 1', 3, /does not work/],
  [`id < '${ID}'`, 4, /does not work/],
  ["tags = 'x'", 8, /\?=/],
  ["tags ~ 'x'", 6, /does not work/],
  ['tags ?= 5', 9, /tags/],
  ['meta = 5', 8, /meta\.key|part/],
  ['meta ?= 5', 6, /does not work/],
  ['any = 5', 7, /any/],
  ['n = @now', 5, /time/],
  ['n = @me', 5, /user/],
  ['nam = 1', 1, /did you mean name/],
  ['data = 1', 1, /no field/],
  ['collection_id = null', 1, /no field/],
  ['name.x = 1', 1, /name is of type string/],
  ['tags.0 = 1', 1, /list/],
  ['strict.sise = 1', 1, /did you mean size/],
  ['id.x = 1', 1, /id/],
  ['meta.1.2.3.4.5.6.7.8 = 1', 1, /at most 8/],
  ['__proto__ = 1', 1, /no field/],
  ['constructor.name = 1', 1, /no field/],
];

describe('the filter language', () => {
  test.each(FINDS)('%j finds %j', async (filter, keys) => {
    expect(await find(filter)).toBe(keys);
  });

  test('! is the exact complement of each of them', async () => {
    for (const [filter, keys] of FINDS) {
      const others = [...'abcde'].filter((key) => !keys.includes(key)).join('');
      expect([filter, await find(`!(${filter})`)]).toEqual([filter, others]);
    }
  });

  test.each([...BROKEN, ...MISFITS])('%j is 422 at character %i', async (filter, at, about) => {
    const { admin } = served();
    const answer = await admin.get(listOf('rows', { filter }));
    const [msg = ''] = expectFaults(answer, filter, ['query', 'filter']);
    expect(msg).toMatch(new RegExp(`^at character ${at}:`));
    expect(msg).toMatch(about);
  });

  test('all that does not fit is told at once', async () => {
    const filter = "n = 'x' && nothing = 1 || ok ~ 'y'";
    const answer = await served().admin.get(listOf('rows', { filter }));
    const loc = ['query', 'filter'];
    const messages = expectFaults(answer, filter, loc, loc, loc);
    expect(messages.map((msg) => msg.split(':')[0])).toEqual([
      'at character 5',
      'at character 12',
      'at character 30',
    ]);
  });

  test('@me is whoever asks', async () => {
    const { ann, bob, anonymous } = served();
    expect(await find('owner_id = @me', 'rows', ann)).toBe('a');
    expect(await find('who = @me', 'rows', ann)).toBe('a');
    expect(await find('who = @me', 'rows', bob)).toBe('');
    expect(await find('owner_id = @me', 'rows', anonymous)).toBe('');
    expect(await find('owner_id != @me', 'rows', anonymous)).toBe('abcde');
  });

  test('at most 4,096 characters, counted as characters', async () => {
    const { admin } = served();
    const filled = (letter: string, length: number) => {
      const frame = "name = ''";
      return `name = '${letter.repeat(length - frame.length)}'`;
    };
    expect(await find(filled('x', 4_096))).toBe('');
    expectFaults(await admin.get(listOf('rows', { filter: filled('x', 4_097) })), '4,097', [
      'query',
      'filter',
    ]);
    // Three bytes each, so that halves or bytes would be far too many.
    expect(await find(filled('€', 1_500))).toBe('');
  });

  test('at most 20 levels of brackets', async () => {
    const { admin } = served();
    const nested = (levels: number) => `${'('.repeat(levels)}n = 1${')'.repeat(levels)}`;
    expect(await find(nested(20))).toBe('a');
    const negated = Array.from({ length: 20 }, () => '!(').join('');
    expect(await find(`${negated}n = 1${')'.repeat(20)}`)).toBe('a');
    const answer = await admin.get(listOf('rows', { filter: nested(21) }));
    const [msg] = expectFaults(answer, '21 levels', ['query', 'filter']);
    expect(msg).toMatch(/^at character 21:.*20/);
    for (const filter of ['('.repeat(4_000), '!'.repeat(4_000), `${'!'.repeat(4_000)}n = 1`])
      expect((await admin.get(listOf('rows', { filter }))).status).toBeLessThan(500);
  });

  test('at most 100 terms', async () => {
    const { admin } = served();
    const joined = (count: number, by: string) =>
      Array.from({ length: count }, (_, n) => `n = ${n}`).join(by);
    const list = (count: number) =>
      `n in (${Array.from({ length: count }, (_, n) => n).join(', ')})`;
    expect(await find(joined(100, ' || '))).toBe('abc');
    expect(await find(joined(100, '&&'))).toBe('');
    expect(await find(list(100))).toBe('abc');
    for (const filter of [joined(101, ' || '), list(101), `${list(60)} && ${list(60)}`]) {
      const answer = await admin.get(listOf('rows', { filter }));
      const [msg] = expectFaults(answer, filter, ['query', 'filter']);
      expect(msg).toMatch(/100/);
    }
  });
});

describe('contains folds case as Unicode does', () => {
  const NAMES: Readonly<Record<string, string>> = {
    a: 'İstanbul',
    b: 'STRAẞE',
    c: 'straße',
    d: 'strasse',
    e: 'ΣΊΣΥΦΟΣ',
    f: 'σίσυφος',
    g: '\u212aelvin',
    h: 'kelvin',
    i: 'ÉCOLE',
    j: 'ЖУК',
    k: '\u{10400}',
    l: '100%_\\[a-z]*',
  };
  beforeAll(async () => {
    const { admin } = served();
    const fields = [
      { name: 'key', type: 'string' },
      { name: 'name', type: 'string' },
    ];
    await define(admin, 'names', fields);
    for (const [key, name] of Object.entries(NAMES)) await add(admin, 'names', { key, name });
  });

  test.each([
    ['İSTAN', 'a'],
    ['straẞe', 'bc'],
    ['STRAßE', 'bc'],
    ['STRASSE', 'd'],
    ['σίσυφοσ', 'ef'],
    ['ΣΊΣΥΦΟΣ', 'ef'],
    ['ς', 'ef'],
    ['kel', 'gh'],
    ['KEL', 'gh'],
    ['\u212aEL', 'gh'],
    ['école', 'i'],
    ['ecole', ''],
    ['жук', 'j'],
    ['\u{10428}', 'k'],
    ['%_\\', 'l'],
    ['_%', ''],
    ['[A-Z]*', 'l'],
  ])('%s is found in %s', async (text, keys) => {
    const literal = `'${text.replaceAll('\\', '\\\\')}'`;
    expect(await find(`name ~ ${literal}`, 'names')).toBe(keys);
    const others = Object.keys(NAMES)
      .filter((key) => !keys.includes(key))
      .join('');
    expect(await find(`name !~ ${literal}`, 'names')).toBe(others);
  });

  test('every text is found by itself and by both of its cases', async () => {
    for (const [key, name] of Object.entries(NAMES)) {
      const literal = (text: string) => `'${text.replaceAll('\\', '\\\\')}'`;
      expect(await find(`name ~ ${literal(name)}`, 'names')).toContain(key);
      // Upper case of ß is two letters, which simple folding does not know.
      if (!'abc'.includes(key)) {
        expect(await find(`name ~ ${literal(name.toUpperCase())}`, 'names')).toContain(key);
        expect(await find(`name ~ ${literal(name.toLowerCase())}`, 'names')).toContain(key);
      }
    }
  });
});

describe('filter[field]=', () => {
  const keys = async (query: Readonly<Record<string, string>>) => {
    const answer = await served().admin.get(listOf('rows', { sort: 'key', ...query }));
    return answer.status === 200 ? keysOf(answer.body.items) : answer;
  };
  test.each([
    [{ 'filter[name]': 'Alpha' }, 'a'],
    [{ 'filter[name]': '' }, 'c'],
    [{ 'filter[name]': QUOTED }, 'e'],
    [{ 'filter[name]': "' || true = true || name = '" }, ''],
    [{ 'filter[name]': 'null' }, ''],
    [{ 'filter[n]': '0' }, 'c'],
    [{ 'filter[n]': '-5' }, 'e'],
    [{ 'filter[f]': '0.5' }, 'a'],
    [{ 'filter[ok]': 'false' }, 'bc'],
    [{ 'filter[at]': '2024-01-01T14:00:00+02:00' }, 'a'],
    [{ 'filter[mail]': 'ANN@example.com' }, 'a'],
    [{ 'filter[strict.size]': '3' }, 'a'],
    [{ 'filter[meta.k]': 'v' }, 'a'],
    [{ 'filter[ok]': 'false', 'filter[n]': '0' }, 'c'],
    [{ 'filter[ok]': 'false', filter: 'n > 0' }, 'b'],
  ] as readonly (readonly [Record<string, string>, string])[])(
    '%j finds %s',
    async (query, expected) => {
      expect(await keys(query)).toBe(expected);
    },
  );

  test.each([
    ['filter[n]', 'x'],
    ['filter[n]', ''],
    ['filter[n]', '1.5'],
    ['filter[ok]', 'yes'],
    ['filter[day]', 'today'],
    ['filter[nothing]', 'x'],
    ['filter[tags]', 'x'],
    ['filter[name.x]', 'x'],
    ['filter[__proto__]', 'x'],
    ["filter[name' OR 1=1]", 'x'],
  ])('%s=%s is 422 at the parameter', async (name, value) => {
    expectFaults(await served().admin.get(listOf('rows', { [name]: value })), name, [
      'query',
      name,
    ]);
  });
});
