/** What can be told of a project that is only looked at. */
export interface CliFacts {
  /** Absolute, or `:memory:`. */
  readonly databasePath: string;
  /** Of the files and the database, for the completion of a shell; empty for what it does not know. */
  names(kind: string): Promise<readonly string[]>;
  /** Undefined when there is none yet. Throws what keeps it from being read. */
  database(): DatabaseFacts | undefined;
  /** Of its tables, without looking further; undefined when there is none yet. */
  schemaVersion(): number | undefined;
  /** The server that runs on this database, in words; undefined when there is none. */
  server(): string | undefined;
  /** Loads the functions as a server would, and ends them again. */
  functions(deploymentId: string | undefined): Promise<FunctionFacts>;
  /** Connects to the mail server, signs in and says nothing; why that does not work. */
  mailFault(): Promise<string | undefined>;
  crashReports(): readonly string[];
}

export interface DatabaseFacts {
  readonly schemaVersion: number;
  /** The version that this program makes of it. */
  readonly knownVersion: number;
  /** What SQLite finds wrong with the file. */
  readonly faults: readonly string[];
  /** Those who may sign in. */
  readonly admins: number;
  readonly collections: readonly {
    readonly name: string;
    /** Operation → who may do it. */
    readonly access: Readonly<Record<string, string>>;
  }[];
  /** The last ones, newest first. */
  readonly backups: readonly {
    readonly status: string;
    readonly created_at: string;
    readonly error: string | null;
  }[];
  readonly deploymentId: string | undefined;
}

export interface FunctionFacts {
  readonly count: number;
  /** Names of those that anyone may call. */
  readonly publicNames: readonly string[];
  readonly faults: readonly {
    readonly file: string;
    readonly line: number | null;
    readonly message: string;
  }[];
  /** In words, when the packages are not those that the project names. */
  readonly packageFault: string | undefined;
  /** The files of the active version are not there. */
  readonly isMissing: boolean;
}
