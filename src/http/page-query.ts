import { t } from 'elysia';

/** Which part of a list: the query parameters that every list has. */
export const pageWindow = {
  limit: t.Integer({ minimum: 1, maximum: 1000, default: 100 }),
  offset: t.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
};
/** For a list that takes nothing else. */
export const PageQuery = t.Object(pageWindow, { additionalProperties: false });

/** A time to narrow a list by. A plain string: Elysia would turn `format: date-time` into a Date and lose what was written. */
export const timeParameter = (description: string) =>
  t.Optional(
    t.String({
      pattern: '^\\d{4}-\\d\\d-\\d\\d[Tt]\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?([Zz]|[+-]\\d\\d:\\d\\d)$',
      description,
    }),
  );
