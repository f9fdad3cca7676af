import { Elysia, t } from 'elysia';
import type { Guard } from '../../http/guard.ts';
import { pageWindow } from '../../http/page-query.ts';
import {
  FunctionSchedule,
  ScheduleBody,
  SchedulePage,
  SchedulePatch,
  SchedulePreview,
  SchedulePreviewBody,
  StartedRun,
} from './schema.ts';
import type { ScheduleService } from './service.ts';

const tags = ['schedules'];

const ListQuery = t.Object(
  {
    ...pageWindow,
    search: t.Optional(
      t.String({
        maxLength: 200,
        description: 'Part of the name or of the name of the function, in any case.',
      }),
    ),
    is_active: t.Optional(t.Boolean({ description: 'Only those that are, or are not.' })),
    function_name: t.Optional(t.String({ minLength: 1, maxLength: 200 })),
  },
  { additionalProperties: false },
);

/** Functions that run by the clock. */
export function scheduleRoutes(schedules: ScheduleService, guard: Guard) {
  return new Elysia({ prefix: '/api/admin/schedules' })
    .use(guard)
    .get(
      '',
      ({ actor, query: { limit, offset, ...filter } }) =>
        schedules.list(actor, filter, { limit, offset }),
      {
        access: 'admin',
        query: ListQuery,
        detail: {
          operationId: 'listSchedules',
          summary: 'List the schedules, newest first',
          tags,
          'x-response': { 200: SchedulePage },
        },
      },
    )
    .post(
      '',
      async ({ actor, body, set }) => {
        const schedule = await schedules.create(actor, body);
        set.status = 201;
        return schedule;
      },
      {
        access: 'admin',
        body: ScheduleBody,
        detail: {
          operationId: 'createSchedule',
          summary: 'Run a function by the clock',
          description:
            'A run has no user and no rights of an admin, and the `auth` of the function is not checked. The payload has to fit its input. A schedule that runs once has to lie in the future.',
          tags,
          'x-response': { 201: FunctionSchedule },
        },
      },
    )
    .post('/preview', ({ actor, body }) => schedules.preview(actor, body.schedule), {
      access: 'admin',
      body: SchedulePreviewBody,
      detail: {
        operationId: 'previewSchedule',
        summary: 'Tell when a schedule would run',
        description: 'Nothing is written.',
        tags,
        'x-response': { 200: SchedulePreview },
      },
    })
    .get('/:id', ({ actor, params }) => schedules.get(actor, params.id), {
      access: 'admin',
      detail: {
        operationId: 'getSchedule',
        summary: 'Read a schedule',
        tags,
        'x-response': { 200: FunctionSchedule },
      },
    })
    .patch('/:id', ({ actor, params, body }) => schedules.update(actor, params.id, body), {
      access: 'admin',
      body: SchedulePatch,
      detail: {
        operationId: 'updateSchedule',
        summary: 'Change a schedule',
        description:
          'What is left out stays. A changed `schedule`, and one that is made active again, counts from now. A run that is going on goes on.',
        tags,
        'x-response': { 200: FunctionSchedule },
      },
    })
    .delete(
      '/:id',
      async ({ actor, params, set }) => {
        await schedules.delete(actor, params.id);
        set.status = 204;
      },
      {
        access: 'admin',
        detail: {
          operationId: 'deleteSchedule',
          summary: 'Delete a schedule',
          description: 'A run that is going on goes on, and the history keeps its calls.',
          tags,
          'x-response': { 204: null },
        },
      },
    )
    .post(
      '/:id/run',
      async ({ actor, params, set }) => {
        const started = await schedules.run(actor, params.id);
        set.status = 202;
        return started;
      },
      {
        access: 'admin',
        detail: {
          operationId: 'runSchedule',
          summary: 'Run a schedule now',
          description:
            'Whether it is active or not, and without changing when it is due. Its call tells how it ends. 409 while it runs; not tried again when it fails.',
          tags,
          'x-response': { 202: StartedRun },
        },
      },
    );
}
