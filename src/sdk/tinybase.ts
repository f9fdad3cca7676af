// The module that user code imports as `tinybase`; scripts/generate-sdk-types.ts makes tinybase.d.ts of it.
export { type Static, type TSchema, Type as t } from '@sinclair/typebox';
export type {
  BatchRequest,
  BatchResult,
  Changes,
  Collection,
  Collections,
  Context,
  CountQuery,
  CreateOptions,
  Database,
  FunctionCaller,
  FunctionLog,
  FunctionRequest,
  Functions,
  GetQuery,
  ListQuery,
  RecordItem,
  RecordPage,
  User,
} from './context.ts';
export { type Fault, FunctionError, TinyBaseError } from './function-error.ts';
export { type AnswerHeaders, HttpAnswer } from './http-answer.ts';
export {
  type FunctionOptions,
  type Handler,
  type RawContext,
  type RegisteredFunction,
  register,
} from './register.ts';
export type { PayloadOf, ResultOf, Schema, StandardSchema } from './schema.ts';
