import type { ConfigFlag } from '../../core/config.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { runServer } from '../run-server.ts';
import { addProjectOptions, makeFolder, openProject, type ProjectOptions } from '../settings.ts';

interface ServeOptions extends ProjectOptions {
  readonly host?: string;
  readonly port?: string;
  readonly workers?: string;
  readonly reload?: true;
}

/** Options of `serve` that are settings. */
const SETTING_OF_OPTION = {
  host: 'server.host',
  port: 'server.port',
  workers: 'functions.workers',
} as const;

export const defineServe: DefineCommand = (command, context) => {
  command
    .option('--host <host>', 'address to listen on (default: 0.0.0.0)')
    .option('--port <port>', 'port to listen on (default: 8000)')
    .option('--workers <n>', 'worker processes for functions (default: number of cores)')
    .option('--reload', 'restart when tinybase.toml changes, and the extensions when theirs do');
  addProjectOptions(command);
  command.action(async (options: ServeOptions) => {
    const project = openProject(context.io, options, toFlags(options));
    makeFolder(project.dir);
    await runServer(context, project, { isReloading: options.reload ?? false });
  });
  addExamples(command, [
    ['tinybase serve', 'serve the current folder on port 8000'],
    ['tinybase serve --dir shop --port 9000', 'serve another folder'],
    ['tinybase serve --reload', 'while you work on the configuration'],
  ]);
};

function toFlags(options: ServeOptions): ConfigFlag[] {
  return Object.entries(SETTING_OF_OPTION).flatMap(([name, key]) => {
    const value = options[name as keyof typeof SETTING_OF_OPTION];
    return value === undefined ? [] : [{ key, flag: `--${name}`, value }];
  });
}
