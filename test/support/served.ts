import { afterAll, beforeAll, expect } from 'bun:test';
import type { Client } from '../../scripts/support/http-client.ts';
import {
  client,
  createAdmin,
  createUser,
  makeTemporaryFolder,
  type ServerProcess,
  startBinary,
} from './binary.ts';
import { writeFiles } from './fixtures.ts';
import { overHttp, type Target } from './scenario.ts';

/** One server for a whole file, with an admin and the users ann and bob. */
export interface Served {
  readonly server: ServerProcess;
  readonly admin: Client;
  readonly ann: Client & { readonly id: string };
  readonly bob: Client & { readonly id: string };
  readonly anonymous: Client;
  readonly target: Target;
}

/** Starts the binary before the file's tests and ends it after them. The answer is filled by then. */
export function serveForFile(
  files: Readonly<Record<string, string>> = {},
  prepare: (served: Served) => Promise<void> = async () => {},
): () => Served {
  let served: Served | undefined;
  const dir = makeTemporaryFolder();
  beforeAll(async () => {
    writeFiles(dir, files);
    const server = await startBinary({ dir });
    const admin = await createAdmin(server);
    const ann = await createUser(server.url, 'ann@example.com');
    const bob = await createUser(server.url, 'bob@example.com');
    const tokens = { admin: readToken(admin), ann: ann.token, bob: bob.token };
    const target = overHttp(server.url, () => tokens);
    target.values?.set('ann_id', ann.id).set('bob_id', bob.id);
    served = { server, admin, ann, bob, anonymous: client(server.url), target };
    await prepare(served);
  });
  afterAll(async () => {
    await served?.server[Symbol.asyncDispose]();
  });
  return () => {
    if (served === undefined) throw new Error('The server has not been started');
    return served;
  };
}

function readToken(who: Client): string {
  if (who.token === undefined) throw new Error('This client has no token');
  return who.token;
}

export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A check for an error: its code, and the places of its faults in any order. */
export function fault(...locs: readonly (readonly (string | number)[])[]) {
  return (body: { detail: { loc: unknown; msg: unknown; type: unknown }[]; code: unknown }) => {
    expect(body.code).toBe('invalid_input');
    expect(body.detail.map((entry) => JSON.stringify(entry.loc)).sort()).toEqual(
      locs.map((loc) => JSON.stringify(loc)).sort(),
    );
    for (const entry of body.detail) {
      expect(entry).toEqual({
        loc: expect.any(Array),
        msg: expect.any(String),
        type: expect.stringMatching(/^[a-z][a-z0-9_]*$/),
      });
    }
  };
}

/** A check for an error that is one sentence. */
export function problem(code: string) {
  return { code, detail: expect.stringMatching(/\w/) };
}
