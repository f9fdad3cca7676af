import { formatBytes, formatCount } from '../support/words.ts';
import { type CaseResult, WRITER_PER_SECOND } from './block.ts';
import { CASES } from './cases.ts';
import type { LoadResult } from './load-result.ts';
import type { Block, Memory } from './report.ts';
import { SONGS_PER_ALBUM } from './site.ts';

/** What a reader has to know to trust the figures. */
export const FAIRNESS: readonly string[] = [
  'Both servers run on this machine, one of them idle while the other is measured; the load comes from another process.',
  'Each has its own defaults: PocketBase writes with synchronous NORMAL (an answered write may be lost in a power cut), TinyBase with FULL.',
  'The same ten fields, values and indexes (one on rating, one on the relation); equal rows, items and totals are checked through both APIs.',
  'Filters, words and positions change with each request. The first page of all comes in the order that each has by default.',
  'PocketBase has page numbers in place of cursors. Creates and updates go to a collection of their own, made anew for each block.',
  `Writer: ${WRITER_PER_SECOND} creates a second into what is read. Cascade: ${SONGS_PER_ALBUM} children each, sent by the generator of Bun, as wrk cannot stop after a number.`,
];

const VARIANT_WORDS = {
  public: 'public rules',
  token: 'rule auth and a bearer token',
  writer: 'public rules, a writer beside the readers',
  'token+writer': 'rule auth and a bearer token, a writer beside the readers',
} as const satisfies Record<Block['variant'], string>;

export function describeBlock({ rows, variant, connections, results }: Block): readonly string[] {
  return [
    '',
    `${formatCount(rows)} rows, ${connections} connections, ${VARIANT_WORDS[variant]}`,
    `${'case'.padEnd(32)} ${'TinyBase/s'.padStart(11)} ${'p50 ms'.padStart(8)} ${'p99 ms'.padStart(8)} ${'PocketBase/s'.padStart(13)} ${'p50 ms'.padStart(8)} ${'p99 ms'.padStart(8)} ${'ratio'.padStart(7)}`,
    ...results.map(describeResult),
  ];
}

function describeResult({ case: name, figures, ratio, fault }: CaseResult): string {
  const cells = [
    CASES[name].title.padEnd(32),
    describeFigures(figures.TinyBase, 11),
    describeFigures(figures.PocketBase, 13),
    (ratio === undefined ? '-' : `${ratio.toFixed(1)}×`).padStart(7),
  ];
  return `${cells.join(' ')}${fault === undefined ? '' : `  ${fault}`}`;
}

function describeFigures(result: LoadResult | undefined, width: number): string {
  if (result === undefined)
    return ['-'.padStart(width), '-'.padStart(8), '-'.padStart(8)].join(' ');
  // A search of a big collection may well be answered less than ten times a second.
  const rate = result.perSecond < 10 ? result.perSecond.toFixed(1) : formatCount(result.perSecond);
  return [
    rate.padStart(width),
    result.p50Ms.toFixed(2).padStart(8),
    result.p99Ms.toFixed(2).padStart(8),
  ].join(' ');
}

export function describeMemory(memory: readonly Memory[]): readonly string[] {
  const size = (bytes: number | undefined) => (bytes === undefined ? '-' : formatBytes(bytes));
  return [
    '',
    'Peak memory'.padEnd(32),
    ...memory.map(
      ({ rows, rival, filledBytes, peakBytes }) =>
        `${`${rival}, ${formatCount(rows)} rows`.padEnd(32)} ${size(filledBytes).padStart(11)} after filling ${size(peakBytes).padStart(11)} at the end`,
    ),
  ];
}
