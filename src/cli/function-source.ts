/** `my_function` as the beginning of a type's name: `MyFunction`. */
function toTypeName(name: string): string {
  return name
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

export interface NewFunction {
  readonly name: string;
  readonly description: string;
  readonly auth: string;
}

/** What the function of the template takes. */
export const EXAMPLE_INPUT = '{"name": "Ann"}';

/** The text of a new function's file. */
export function renderFunction({ name, description, auth }: NewFunction): string {
  const type = toTypeName(name);
  return `// Try it: tinybase functions call ${name} '${EXAMPLE_INPUT}'
// Over HTTP: POST /api/functions/${name} with that body; the answer's result is {"message": "Hello, Ann!"}.
import { type PayloadOf, type ResultOf, register, t } from 'tinybase';

const ${type}Input = t.Object({
  name: t.String({ minLength: 1 }),
});
type ${type}Input = PayloadOf<typeof ${type}Input>;

const ${type}Output = t.Object({
  message: t.String(),
});
type ${type}Output = ResultOf<typeof ${type}Output>;

export default register(
  {
    name: ${quote(name)},
    description: ${quote(description)},
    auth: ${quote(auth)}, // public | auth | admin
    input: ${type}Input,
    output: ${type}Output,
  },
  async (_ctx, payload: ${type}Input): Promise<${type}Output> => {
    return { message: \`Hello, \${payload.name}!\` };
  },
);
`;
}

function quote(text: string): string {
  if (!/['"\\\p{C}\u2028\u2029]/u.test(text)) return `'${text}'`;
  return JSON.stringify(text).replaceAll(
    /[\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16)}`,
  );
}
