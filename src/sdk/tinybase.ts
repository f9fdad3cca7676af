// The module that user code imports as `tinybase`; `tinybase.d.ts` is generated from it.
export { Type as t } from '@sinclair/typebox';
export type {
  Changes,
  Collection,
  Collections,
  Context,
  CreateOptions,
  Database,
  FunctionCaller,
  FunctionLog,
  FunctionRequest,
  Functions,
  ListQuery,
  RecordItem,
  RecordPage,
} from './context.ts';
export { type Fault, FunctionError, TinyBaseError } from './function-error.ts';
export {
  type FunctionOptions,
  type Handler,
  type RegisteredFunction,
  register,
} from './register.ts';
export type { PayloadOf, ResultOf, Schema, StandardSchema } from './schema.ts';
