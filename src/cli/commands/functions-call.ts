import { AppError } from '../../core/errors.ts';
import { callInProcess } from '../call-in-process.ts';
import { callOverHttp } from '../call-over-http.ts';
import type { ShownCall } from '../call-result.ts';
import { addExamples, type DefineCommand } from '../define-command.ts';
import { type CliIo, createPaint, toVisible } from '../output.ts';
import { STANDARD } from '../record-file.ts';
import { addProjectOptions, openExistingProject, type ProjectOptions } from '../settings.ts';

interface CallOptions extends ProjectOptions {
  readonly as?: string;
  readonly url?: string;
  readonly token?: string;
  readonly logs?: true;
  readonly json?: true;
}

export const defineFunctionsCall: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(
    command
      .argument('<function>', 'its name')
      .argument('[json]', 'what it is called with; - reads it from standard input')
      .option('--as <email>', 'call as this account instead of with full rights')
      .option('--url <url>', 'call it on this server instead of here')
      .option('--token <token>', 'with --url: a session or API token (or TINYBASE_TOKEN)')
      .option('--logs', 'with --url: show console lines too; for admins')
      .option('--json', 'print the whole answer as JSON'),
  );
  command.action(async (name: string, given: string | undefined, options: CallOptions) => {
    const call = await run(name, given, options).catch((error: unknown) => {
      if (options.json && error instanceof AppError) io.out(formatRefusal(error));
      throw error;
    });
    await show(call, io, options.json ?? false);
  });

  async function run(name: string, given: string | undefined, options: CallOptions) {
    refuseMixed(options);
    const payload = parsePayload(given === STANDARD ? await readAll(io) : given);
    const { config, dir } = openExistingProject(io, options);
    if (options.url === undefined)
      return callInProcess({ io, opener, config, dir, name, payload, email: options.as });
    return callOverHttp({
      url: options.url,
      token: options.token ?? (io.env.TINYBASE_TOKEN || undefined),
      name,
      payload,
      hasLogs: options.logs ?? false,
    });
  }
  addExamples(command, [
    [`tinybase functions call add_numbers '{"x": 1, "y": 2}'`, 'here, with full rights'],
    ['tinybase functions call report --as ann@example.com', 'as somebody who may do less'],
    ['tinybase functions call import_all - < data.json', 'with a long payload'],
    [
      `tinybase functions call ping '{"name": "Ann"}' --url https://api.example.com`,
      'on a running server',
    ],
  ]);
};

/** What kept a call from beginning, beside those that have ended. */
function formatRefusal({ code, message: error, faults = [] }: AppError): string {
  return JSON.stringify({ status: 'refused', code, error, faults }, null, 2);
}

function refuseMixed({ as: email, url, token, logs }: CallOptions): void {
  if (url !== undefined && email !== undefined)
    throw new AppError('invalid_input', 'With --url the token says who calls: leave --as out.');
  if (url !== undefined) return;
  if (token !== undefined || logs !== undefined)
    throw new AppError('invalid_input', '--token and --logs are for a call with --url.');
}

function parsePayload(text: string | undefined): unknown {
  if (text === undefined || text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError(
      'invalid_input',
      `The payload is not JSON (${reason}). In a shell, quote it: '{"x": 1}'.`,
      { cause: error },
    );
  }
}

async function readAll(io: CliIo): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of io.input()) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The result to standard output, all else to standard error; throws when the call has failed. */
async function show(call: ShownCall, io: CliIo, isJson: boolean): Promise<void> {
  const { dim } = createPaint(io.hasColour);
  if (!isJson) for (const line of call.logs) io.err(dim(toVisible(line)));
  if (call.status === 'succeeded') {
    io.out(JSON.stringify(isJson ? call : call.result, null, 2));
    return;
  }
  if (call.status === 'answered') {
    if (isJson) io.out(JSON.stringify(call, null, 2));
    else await io.write(call.body);
    return;
  }
  if (isJson) io.out(JSON.stringify(call, null, 2));
  const { error, error_type: type, stack, data } = call;
  const lines = [`${type}: ${error}`, ...(stack === null ? [] : stackLines(stack, error))];
  if (data !== null) lines.push(`data: ${JSON.stringify(data)}`);
  throw new AppError('function_failed', isJson ? `${type}: ${error}` : lines.join('\n'));
}

/** The places below the message, which stands above them already. */
function stackLines(stack: string, message: string): string[] {
  const start = stack.indexOf(message);
  const places = start < 0 ? stack : stack.slice(start + message.length);
  return places.split('\n').filter((line) => line.trim() !== '');
}
