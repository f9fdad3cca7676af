import { expect, test } from 'bun:test';
import { parseFailLine, parseJunit, parseStrayErrors } from '../../scripts/test/junit.ts';
import { readTestNames } from '../../scripts/test/programs.ts';

test('a report of the runner is counted, with the names of what failed or was skipped', () => {
  const counts = parseJunit(`<testsuites><testsuite name="a.test.ts">
    <testcase name="passes &amp; such" classname="outer &quot;q&quot;" time="0" file="a.test.ts" line="3" />
    <testcase name="fails" classname="" time="0" file="a.test.ts"><failure message="x">a &gt; b&#10;  at a.test.ts:2</failure></testcase>
    <testcase name="is skipped" classname="in &lt;b&gt;" file="a.test.ts"><skipped /></testcase>
    <testcase name="to do" classname="" file="a.test.ts"><skipped message="TODO" /></testcase>
    <testcase name="top" classname="" file="a.test.ts" />
  </testsuite></testsuites>`);
  expect(counts).toEqual({
    passed: 2,
    failed: 1,
    failures: [{ name: 'a.test.ts › fails', why: 'a > b\n  at a.test.ts:2' }],
    skippedNames: ['a.test.ts › in <b> › is skipped', 'a.test.ts › to do'],
  });
});

test('a file that does not load is counted by the closing lines only', () => {
  expect(parseFailLine('\n 2 pass\n\u001b[31m 3 fail\u001b[0m\n 1 error\n')).toBe(3);
  expect(parseFailLine('nothing')).toBe(0);
});

test('an error outside of every test is told with the file that it came in', () => {
  const rule = '-'.repeat(31);
  const output = `a.test.ts:\n(pass) one\n\nb/c.test.ts:\n\n# Unhandled error between tests\n${rule}\n12 | code\nerror: Closed\n      at x (/b.ts:2:1)\n${rule}\n\n 2 pass\n 0 fail\n 1 error\n`;
  expect(parseStrayErrors(output)).toEqual([
    {
      name: 'b/c.test.ts › Unhandled error between tests',
      why: '12 | code\nerror: Closed\n      at x (/b.ts:2:1)',
    },
  ]);
  expect(parseStrayErrors('a.test.ts:\n(pass) one\n')).toEqual([]);
});

test('the names of tests are read from their text', () => {
  expect(
    readTestNames('test(\'one\', () => {});\n  test.skipIf(x)(\n    `two`, …); it.todo("three")'),
  ).toEqual(['one', 'two', 'three']);
});
