/** An extension that is to run. */
export interface EnabledExtension {
  readonly name: string;
  readonly version: string;
  /** Absolute path of its entry module. */
  readonly entry: string;
  readonly folder: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Why it cannot be loaded. It counts as failed then: what it guards stays shut. */
  readonly problem: string | null;
}

/** How an extension fares in the host process. */
export interface ExtensionStatus {
  readonly state: 'running' | 'failed' | 'starting' | 'stopped';
  /** Why it failed, with file and line when they are known. */
  readonly error: string | null;
  /** Names of the hooks that it has registered, such as `before_record_create`, each once. */
  readonly hooks: readonly string[];
}

/** What went wrong in code of an extension, or with its process. */
export interface ExtensionFault {
  readonly extension: string;
  /** The hook, such as `on_record_create`; `load` while the extension was loaded, `process` when its host ended. */
  readonly event: string;
  readonly message: string;
  readonly stack: string | null;
}

/** What runs the extensions, as the service that knows them sees it. */
export interface ExtensionRunner {
  /**
   * Starts, replaces or stops the one host process; resolves when the new one has loaded, or it is
   * known why it did not: `status` says so. Never rejects.
   */
  restart(extensions: readonly EnabledExtension[]): Promise<void>;
  status(name: string): ExtensionStatus;
  /** Runs on_shutdown, for as long as is left, then ends the process. */
  stop(msLeft: number): Promise<void>;
}
