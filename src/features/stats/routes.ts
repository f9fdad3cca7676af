import { Elysia, t } from 'elysia';
import type { Guard } from '../../http/guard.ts';
import { TIME_RANGES } from '../../lib/time-range.ts';
import { Stats } from './schema.ts';
import type { StatsService } from './service.ts';

export function statsRoutes(stats: StatsService, guard: Guard) {
  return new Elysia({ prefix: '/api/admin/stats', tags: ['stats'] })
    .use(guard)
    .get('', ({ query }) => stats.read(query.range ?? '24h', query.activity), {
      access: 'admin',
      query: t.Object({
        range: t.Optional(t.UnionEnum([...TIME_RANGES])),
        activity: t.Optional(
          t.Boolean({ description: 'Adds to each collection when it was written to' }),
        ),
      }),
      detail: {
        operationId: 'readStats',
        summary: 'Figures of the overview',
        'x-response': { 200: Stats },
      },
    });
}
