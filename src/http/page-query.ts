import { t } from 'elysia';

/** Which part of a list: the query parameters that every list has. */
export const pageWindow = {
  limit: t.Integer({ minimum: 1, maximum: 1000, default: 100 }),
  offset: t.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
};
/** For a list that takes nothing else. */
export const PageQuery = t.Object(pageWindow, { additionalProperties: false });
