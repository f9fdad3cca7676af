import { expectStatus } from '../support/http-client.ts';
import { formatCount } from '../support/words.ts';
import { makeItem, type Row } from './fields.ts';
import { recordsPath } from './rival.ts';
import type { StallData } from './stall-data.ts';
import type { TinyBase } from './tinybase.ts';

export const PHASES = ['quiet', 'filter', 'export', 'import', 'rename'] as const;
export type Phase = (typeof PHASES)[number];

const FILTER_CLIENTS = 32;
/** Answered, given up after the time limit of a request, or refused: the one who asks too much may be told so. */
const HONEST: readonly number[] = [200, 408, 503];
/** As many as the cities that one is likely to import first. */
const IMPORT_ROWS = 138_000;

/** Works until the time is over, or once when it cannot be cut short; answers what it did. */
type Job = (untilMs: number) => Promise<string>;

export interface Work {
  readonly title: string;
  /** Gets ready before anybody looks. */
  prepare(server: TinyBase, data: StallData): Promise<Job> | Job;
}

/** What one client does that the others must not notice. */
export const WORK = {
  quiet: {
    title: 'nobody works',
    prepare: () => async (untilMs) => {
      await Bun.sleep(untilMs - performance.now());
      return '';
    },
  },
  filter: {
    title: `${FILTER_CLIENTS} clients of an unindexed filter`,
    prepare: (server) => async (untilMs) => {
      let words = 0;
      const statuses = new Map<number, number>();
      const ask = async () => {
        while (performance.now() < untilMs) {
          // Another word each time, found nowhere: every row is looked at, and no answer is a kept one.
          const path = server.listPath('items', {
            filter: `body ~ 'nowhere ${words++}'`,
            limit: 30,
            withTotal: true,
          });
          const response = await fetch(`${server.admin.url}${path}`, { timeout: false });
          await response.arrayBuffer();
          statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: FILTER_CLIENTS }, ask));
      for (const status of statuses.keys()) {
        if (!HONEST.includes(status)) throw new Error(`A filter was answered ${status}`);
      }
      return HONEST.map((status) => `${statuses.get(status) ?? 0} × ${status}`).join(', ');
    },
  },
  export: {
    title: 'an export of everything',
    prepare: (server) => async (untilMs) => {
      let bytes = 0;
      let lines = 0;
      do {
        const url = `${server.admin.url}${recordsPath('items')}/export?format=ndjson`;
        const response = await fetch(url, { timeout: false });
        if (response.status !== 200) throw new Error(`The export was answered ${response.status}`);
        for await (const chunk of response.body ?? []) {
          bytes += chunk.length;
          for (const byte of chunk) if (byte === 10) lines++;
        }
      } while (performance.now() < untilMs);
      return `${formatCount(lines)} lines, ${formatCount(bytes / 1e6)} MB`;
    },
  },
  import: {
    title: `an import of ${formatCount(IMPORT_ROWS)} rows of CSV`,
    prepare: (server, { authorIds, itemIds }) => {
      const rows = Array.from({ length: IMPORT_ROWS }, (_, index) =>
        makeItem(itemIds.length + index, authorIds),
      );
      const body = toCsv(rows);
      return async () => {
        const started = performance.now();
        const answer = await fetch(`${server.admin.url}${recordsPath('items')}/import`, {
          method: 'POST',
          headers: { authorization: `Bearer ${server.admin.token}`, 'content-type': 'text/csv' },
          body,
          timeout: false,
        });
        const text = await answer.text();
        const { created } = answer.status === 200 ? JSON.parse(text) : { created: 0 };
        if (created !== IMPORT_ROWS) {
          throw new Error(`The import was answered ${answer.status} ${text.slice(0, 300)}`);
        }
        return `${formatCount(created)} rows in ${secondsSince(started)} s`;
      };
    },
  },
  rename: {
    title: 'a rename of a field',
    prepare: async (server) => {
      const { schema } = expectStatus(
        await server.admin.get('/api/collections/items'),
        200,
        'The schema of items',
      );
      const fields = schema.fields.map((field: { readonly name: string }) =>
        field.name === 'views' ? { ...field, name: 'seen', was: 'views' } : field,
      );
      return async () => {
        const started = performance.now();
        const answer = await fetch(`${server.admin.url}/api/collections/items`, {
          method: 'PATCH',
          headers: {
            authorization: `Bearer ${server.admin.token}`,
            'content-type': 'application/json',
          },
          body: JSON.stringify({ schema: { fields } }),
          timeout: false,
        });
        const text = await answer.text();
        if (answer.status !== 200) {
          throw new Error(`The rename was answered ${answer.status} ${text.slice(0, 300)}`);
        }
        return `done in ${secondsSince(started)} s`;
      };
    },
  },
} as const satisfies Readonly<Record<Phase, Work>>;

function toCsv(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) =>
    names.map((name) => `"${String(row[name]).replaceAll('"', '""')}"`).join(','),
  );
  return `${names.join(',')}\n${lines.join('\n')}\n`;
}

function secondsSince(startedMs: number): string {
  return ((performance.now() - startedMs) / 1000).toFixed(1);
}
