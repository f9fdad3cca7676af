import { t } from 'elysia';

/** Which part of a list. */
export const window = {
  limit: t.Integer({ minimum: 1, maximum: 1000, default: 100 }),
  offset: t.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
};
export const PageQuery = t.Object(window, { additionalProperties: false });
