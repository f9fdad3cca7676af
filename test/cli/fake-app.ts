import type {
  AccountRow,
  AppOpener,
  CliApp,
  CliPackages,
  OpenOptions,
} from '../../src/cli/open-app.ts';
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
  readonly call?: CliApp['services']['functions']['call'];
  readonly packages?: Partial<CliPackages>;
  /** Of the one function that there is. */
  readonly description?: string;
  readonly loadErrors?: Awaited<ReturnType<CliApp['services']['functions']['loadErrors']>>;
}

/** An app that only remembers: what the commands do around it is the subject, not the server. */
export function createFakeOpener({
  admins: given = [],
  takenPort,
  description = 'Adds',
  loadErrors = [],
  transfers = {},
  call,
  packages = {},
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
      types: {
        forClients: async () => 'export {};\n',
        refreshFile: async () => undefined,
      },
      services: {
        auth: {
          createSetupLink: async () => `http://${host}:${port}/admin/#/setup?token=abc123`,
          createResetLink: async (email) => ({
            token: `reset-${email}`,
            url: null,
            expires_at: '2030-01-01T01:00:00.000Z',
          }),
        },
        users: {
          async addAdmin(email) {
            log.push(`admin ${email}`);
            const wasCreated = !admins.includes(email);
            admins.push(email);
            return { email, wasCreated, wasPromoted: false };
          },
          hasAdmin: async () => admins.length > 0,
          listAdmins: async () => admins.map(toRow),
          async setPassword(email, password) {
            if (!admins.includes(email))
              throw new AppError('not_found', `There is no account ${email}.`);
            log.push(`password ${email} ${password}`);
            return toRow(email);
          },
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
          list: () => [{ name: 'add', auth: 'auth', description, file_path: 'functions/add.ts' }],
          loadErrors: () => loadErrors,
          call: call ?? (() => Promise.reject(new AppError('not_found', 'There is none.'))),
        },
      },
      stop: async () => void log.push(`stop ${port}`),
    };
  };
  const openPackages = async (): Promise<CliPackages> => ({
    install: async () => 'nothing',
    add: async () => {},
    ...packages,
  });
  return { log, admins, createApp: open, openServices: open, openPackages };
}

function toRow(email: string): AccountRow {
  const is_active = !email.startsWith('disabled');
  return { id: `id of ${email}`, email, is_active, created_at: '2030-01-01T00:00:00.000Z' };
}
