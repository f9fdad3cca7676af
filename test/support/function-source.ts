/** A function file that anybody may call, unless the options say otherwise: the handler, and they, as text. */
export function publicFunction(handler: string, options = ''): string {
  return `import { FunctionError, HttpAnswer, register, t } from 'tinybase';
import { appendFileSync, existsSync } from 'node:fs';
export default register({ auth: 'public', ${options} }, ${handler});
`;
}
