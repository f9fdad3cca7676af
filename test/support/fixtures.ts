import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Writes files below a folder: path → text. */
export function writeFiles(dir: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const full = join(dir, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }
}

const HEAD = `import { FunctionError, register, t } from 'tinybase';\n`;

/** Function files that the end-to-end tests put into `functions/`, one per way a call can go. */
export const FUNCTIONS = {
  'functions/add_numbers.ts': `${HEAD}
export default register({
  description: 'Add two numbers',
  input: t.Object({ x: t.Integer(), y: t.Integer() }),
  output: t.Object({ sum: t.Integer() }),
  tags: ['math'],
}, async (_ctx, payload) => ({ sum: payload.x + payload.y }));
`,
  'functions/who_am_i.ts': `${HEAD}
export default register({ auth: 'public', input: t.Object({}), output: t.Any() }, async (ctx) => ({
  function_name: ctx.function_name,
  trigger_type: ctx.trigger_type,
  call_id: ctx.call_id,
  request_id: ctx.request_id,
  user_id: ctx.user_id,
  is_admin: ctx.is_admin,
}));
`,
  'functions/admins_only.ts': `${HEAD}
export default register({ auth: 'admin', input: t.Object({}), output: t.Any() }, async () => 'for admins');
`,
  'functions/throws.ts': `${HEAD}
export default register({ auth: 'public', input: t.Object({}), output: t.Any() }, async () => {
  throw new TypeError('the secret inside');
});
`,
  'functions/refuses.ts': `${HEAD}
export default register({ auth: 'public', input: t.Object({}), output: t.Any() }, async () => {
  throw new FunctionError(402, 'Pay first');
});
`,
  'functions/answers_wrong.ts': `${HEAD}
export default register(
  { auth: 'public', input: t.Object({}), output: t.Object({ n: t.Integer() }) },
  async () => ({ n: 'text' }) as any,
);
`,
  'functions/spins.ts': `${HEAD}
export default register(
  { auth: 'public', input: t.Object({}), output: t.Any(), timeout_seconds: 2 },
  async () => { for (;;); },
);
`,
  'functions/exits.ts': `${HEAD}
export default register({ auth: 'public', input: t.Object({}), output: t.Any() }, async () => {
  process.exit(7);
});
`,
  'functions/eats_memory.ts': `${HEAD}
export default register(
  { auth: 'public', input: t.Object({}), output: t.Any(), timeout_seconds: 300 },
  async () => {
    const kept: unknown[] = [];
    for (;;) kept.push(new Float64Array(1_000_000).fill(kept.length));
  },
);
`,
  'functions/naps.ts': `${HEAD}
export default register(
  { auth: 'public', input: t.Object({ ms: t.Integer() }), output: t.Object({ slept: t.Integer() }) },
  async (_ctx, payload) => {
    await Bun.sleep(payload.ms);
    return { slept: payload.ms };
  },
);
`,
  'functions/counts_notes.ts': `${HEAD}
export default register(
  { auth: 'auth', input: t.Object({ title: t.String() }), output: t.Object({ total: t.Integer(), id: t.String() }) },
  async (ctx, payload) => {
    const notes = ctx.db.collection('notes');
    const made = await notes.create({ title: payload.title });
    return { total: await notes.count(), id: made.id };
  },
);
`,
} as const;

/** The collection that most tests use. */
export const POSTS = {
  name: 'posts',
  label: 'Posts',
  schema: {
    fields: [
      { name: 'title', type: 'string', required: true, min_length: 1, max_length: 50 },
      { name: 'body', type: 'text' },
      { name: 'rating', type: 'integer', min: 0, max: 5, default: 0 },
      { name: 'price', type: 'float' },
      { name: 'published', type: 'bool', default: false },
      { name: 'status', type: 'string', enum: ['draft', 'done'] },
      { name: 'slug', type: 'string', pattern: '^[a-z-]+$' },
      { name: 'tags', type: 'list[string]', max_items: 3 },
      {
        name: 'meta',
        type: 'dict',
        properties: [{ name: 'source', type: 'string', required: true }],
        additional: true,
      },
    ],
  },
} as const;

/** A collection with one text field that everybody may do everything with. */
export function openCollection(name: string) {
  const everybody = 'public';
  return {
    name,
    schema: { fields: [{ name: 'title', type: 'string', required: true }] },
    options: {
      access: {
        list: everybody,
        read: everybody,
        create: everybody,
        update: everybody,
        delete: everybody,
      },
    },
  };
}
