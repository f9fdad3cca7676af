import { type Static, Type } from '@sinclair/typebox';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { sendToEnvironment } from '../deploy-client.ts';
import { findEnvironment, warnIfExposed } from '../deploy-environment.ts';
import { untilStopped } from '../deploy-stop.ts';
import { type CliIo, createPaint, formatTable, toVisible } from '../output.ts';
import { addProjectOptions, openProject, type ProjectOptions } from '../settings.ts';

interface DeploymentsOptions extends ProjectOptions {
  readonly env?: string;
  readonly json?: true;
}

const Deployments = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      created_at: Type.String(),
      is_active: Type.Boolean(),
      message: Type.Union([Type.String(), Type.Null()]),
      functions: Type.Array(Type.String()),
    }),
  ),
});

export const defineFunctionsDeployments: DefineCommand = (command, { io }) => {
  addProjectOptions(
    command
      .option('--env <environment>', 'as in tinybase.toml (default: the only one, or production)')
      .option('--json', 'print JSON'),
  );
  command.action(async (options: DeploymentsOptions) => {
    const { config, env } = openProject(io, options);
    const environment = findEnvironment(config, options.env, env);
    warnIfExposed(environment, io);
    const page = await untilStopped(io, (signal) =>
      sendToEnvironment(environment, {
        answer: Deployments,
        method: 'GET',
        path: '/api/admin/functions/deployments',
        signal,
      }),
    );
    if (options.json) io.out(JSON.stringify(page.items, null, 2));
    else print(io, page, environment.name);
  });
  addExamples(command, [
    ['tinybase functions deployments', 'newest first'],
    ['tinybase functions deployments --env staging --json', 'for programs'],
  ]);
};

function print(io: CliIo, { items }: Static<typeof Deployments>, name: string): void {
  const { bold, green } = createPaint(io.hasColour);
  if (items.length === 0) {
    io.out(`Nothing was deployed to ${name} yet: its functions come from its own folder.`);
    return;
  }
  const rows = items.map(({ id, created_at, is_active, message, functions }) => [
    toVisible(id),
    toVisible(created_at),
    is_active ? green('active') : '',
    String(functions.length),
    toVisible(message ?? ''),
  ]);
  io.out(formatTable([['ID', 'DEPLOYED', '', 'FUNCTIONS', 'MESSAGE'].map(bold), ...rows]));
  if (!items.some(({ is_active }) => is_active))
    io.out(`None is active: the functions of ${name} come from its own folder.`);
}
