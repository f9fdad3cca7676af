import type { Awaitable } from '../../lib/awaitable.ts';
import type { Listing, PageWindow } from '../../lib/page.ts';
import type { Deployment } from './schema.ts';

/** A deployment with what the next one is compared with. */
export interface StoredDeployment extends Omit<Deployment, 'is_active' | 'functions'> {
  readonly functions: readonly DeployedFunction[];
  /** SHA-256 of each file, by its path. */
  readonly files: Readonly<Record<string, string>>;
}

export interface DeployedFunction {
  readonly name: string;
  /** The path of the file that registers it. */
  readonly file: string;
}

/** What deployments need from a database. Every folder is noted before it is made and until it is gone. */
export interface DeploymentStore {
  /** Notes a folder that belongs to no deployment yet. */
  begin(id: string): Awaitable<void>;
  /**
   * Its folder is whole: lists the deployment and makes it the active one, in one step. Of the others
   * only the newest stay listed, so that there are `keep` in all.
   */
  finish(deployment: StoredDeployment, keep: number): Awaitable<void>;
  /** Makes it the active one, or none of them (null). False when there is none with this id. */
  activate(id: string | null): Awaitable<boolean>;
  /** Ids of folders that belong to no deployment: of attempts, and of those that are kept no longer. */
  remains(): Awaitable<readonly string[]>;
  /** The folder is gone. */
  forget(id: string): Awaitable<void>;
  /** The newest comes first. */
  list(window: PageWindow): Awaitable<Listing<Deployment>>;
  find(id: string): Awaitable<StoredDeployment | undefined>;
  /** The one that was deployed before it, of those that are kept. */
  findBefore(id: string): Awaitable<StoredDeployment | undefined>;
  findActive(): Awaitable<StoredDeployment | undefined>;
}
