// Try it: tinybase functions call add_numbers '{"x": 2, "y": 3}'
// Over HTTP: POST /api/functions/add_numbers with that body; the answer's result is {"sum": 5}.
import { register, t } from 'tinybase';

export default register(
  {
    name: 'add_numbers', // default: the file's name
    description: 'Add two numbers',
    auth: 'auth', // public | auth | admin; default auth
    input: t.Object({ x: t.Integer(), y: t.Integer() }),
    output: t.Object({ sum: t.Integer() }),
    tags: ['math'],
    timeout_seconds: 5, // optional
  },
  async (_ctx, payload) => ({ sum: payload.x + payload.y }),
);
