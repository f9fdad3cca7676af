import type { AppOpener, CliApp, OpenOptions } from '../../src/cli/open-app.ts';
import { AppError } from '../../src/core/errors.ts';

export interface FakeOpener extends AppOpener {
  /** What happened, in order: `open 8000`, `listen 8000`, `stop 8000`, `admin ann@example.com`. */
  readonly log: string[];
  readonly admins: string[];
}

export interface FakeAppOptions {
  readonly admins?: readonly string[];
  /** A port that somebody else has. */
  readonly takenPort?: number;
  readonly transfers?: Partial<CliApp['services']['transfers']>;
  readonly loadErrors?: Awaited<ReturnType<CliApp['services']['functions']['loadErrors']>>;
}

/** An app that only remembers: what the commands do around it is the subject, not the server. */
export function createFakeOpener({
  admins: given = [],
  takenPort,
  loadErrors = [],
  transfers = {},
}: FakeAppOptions = {}): FakeOpener {
  const log: string[] = [];
  const admins = [...given];
  const open = async ({ config }: OpenOptions): Promise<CliApp> => {
    const { host, port } = config.server;
    log.push(`open ${port}`);
    return {
      async listen() {
        if (port === takenPort) throw new AppError('conflict', `Port ${port} is taken.`);
        log.push(`listen ${port}`);
        return { url: `http://${host}:${port}` };
      },
      openApi: async () => ({ openapi: '3.1.0' }),
      services: {
        auth: {
          createSetupLink: async () => `http://${host}:${port}/admin/#/setup?token=abc123`,
        },
        users: {
          async addAdmin(email) {
            log.push(`admin ${email}`);
            const wasCreated = !admins.includes(email);
            admins.push(email);
            return { email, wasCreated, wasPromoted: false };
          },
          hasAdmin: async () => admins.length > 0,
          findId: async (email) => (admins.includes(email) ? `id of ${email}` : undefined),
        },
        transfers: {
          async importRecords() {
            return { created: 0, updated: 0, failed: 0, errors: [], isRefused: false };
          },
          async exportRecords() {
            return { pieces: [] as never };
          },
          ...transfers,
        },
        functions: {
          list: () => [
            { name: 'add', auth: 'auth', description: 'Adds', file_path: 'functions/add.ts' },
          ],
          loadErrors: () => loadErrors,
        },
      },
      stop: async () => void log.push(`stop ${port}`),
    };
  };
  return { log, admins, createApp: open, openServices: open };
}
