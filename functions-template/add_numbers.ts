// POST /api/functions/add_numbers with {"x": 2, "y": 3} answers {"sum": 5}.
import { register, t } from 'tinybase';

export default register(
  {
    name: 'add_numbers', // default: the file's name
    description: 'Add two numbers',
    auth: 'auth', // public | auth | admin
    input: t.Object({ x: t.Integer(), y: t.Integer() }),
    output: t.Object({ sum: t.Integer() }),
    tags: ['math'],
  },
  async (_ctx, payload) => ({ sum: payload.x + payload.y }),
);
