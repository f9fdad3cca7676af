import { Type } from '@sinclair/typebox';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { sendToEnvironment } from '../deploy-client.ts';
import { findEnvironment, warnIfExposed } from '../deploy-environment.ts';
import { untilStopped } from '../deploy-stop.ts';
import { toVisible } from '../output.ts';
import { addProjectOptions, openProject, type ProjectOptions } from '../settings.ts';

interface ActivateOptions extends ProjectOptions {
  readonly env?: string;
}

const Activated = Type.Object({ id: Type.String(), functions: Type.Array(Type.String()) });

export const defineFunctionsActivate: DefineCommand = (command, { io }) => {
  addProjectOptions(
    command
      .argument(
        '<id>',
        'a version that functions deployments lists; local: the folder of the server',
      )
      .option('--env <environment>', 'as in tinybase.toml (default: the only one, or production)'),
  );
  command.action(async (id: string, options: ActivateOptions) => {
    const { config, env } = openProject(io, options);
    const environment = findEnvironment(config, options.env, env);
    warnIfExposed(environment, io);
    const activated = await untilStopped(io, (signal) =>
      sendToEnvironment(environment, {
        answer: Activated,
        method: 'POST',
        path: `/api/admin/functions/deployments/${encodeURIComponent(id)}/activate`,
        signal,
      }),
    );
    const { length } = activated.functions;
    const count = `${length} ${length === 1 ? 'function' : 'functions'}`;
    io.out(
      `${environment.name} (${environment.url}) answers with ${toVisible(activated.id)} now: ${count}.`,
    );
  });
  addExamples(command, [
    ['tinybase functions activate 0199c2f0-…', 'go back to an earlier version'],
    ['tinybase functions activate local', 'go back to the functions folder of the server'],
  ]);
};
