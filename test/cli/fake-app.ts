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
  /** The version that served this data before. */
  readonly previousVersion?: string;
  /** Where a server listens. */
  readonly server?: { readonly address?: string; readonly isServed?: boolean };
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
  previousVersion,
  server = {},
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
        return { url: `http://${host}:${port}`, previousVersion };
      },
      watchExtensions: () => {},
      openApi: async () => ({ openapi: '3.1.0' }),
      types: {
        forClients: async () => 'export {};\n',
        refreshFile: async () => undefined,
      },
      services: {
        backups: { noteRestore: async () => undefined },
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
          async importUsers() {
            throw new Error('of this app there are no accounts to import');
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
        pythonImport: {
          async importPython() {
            throw new Error('of this app there is no file to import');
          },
        },
        migrations: {
          status: () => ({
            applied: [],
            pending: [],
            missing: [],
            edited: [],
            appliedAt: new Map(),
            drift: [],
          }),
          write: async () => undefined,
          upgrade: async () => [],
          downgrade: async () => [],
        },
        extensions: {
          offer: noExtensions,
          list: async () => [],
          get: noExtensions,
          setEnabled: noExtensions,
          remove: noExtensions,
          checkUpdates: async () => [],
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
  const openDatabaseFile = () => Promise.reject(new Error('this opener has no database'));
  const findServer = async () => ({
    path: '/data/tinybase.db',
    address: server.address,
    isServed: server.isServed,
  });
  return {
    log,
    admins,
    createApp: open,
    openServices: open,
    openPackages,
    openDatabaseFile,
    findServer,
    openFacts: () => Promise.reject(new Error('this opener has no facts')),
    schemaVersion: () => Promise.resolve(11),
    lockFile: () => Promise.reject(new Error('this opener has no locks')),
  };
}

async function noExtensions(): Promise<never> {
  throw new AppError('not_found', 'This app has no extensions.');
}

function toRow(email: string): AccountRow {
  const is_active = !email.startsWith('disabled');
  return { id: `id of ${email}`, email, is_active, created_at: '2030-01-01T00:00:00.000Z' };
}
