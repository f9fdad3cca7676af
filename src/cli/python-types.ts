/** The database of a Python TinyBase. */
export interface PythonFile {
  /** Absolute. */
  readonly path: string;
  /** As it was typed. */
  readonly name: string;
}

export interface PythonImportOptions {
  readonly isDryRun: boolean;
  readonly isPartial: boolean;
  readonly isLoose: boolean;
  readonly skipsExisting: boolean;
  readonly keepsAdmins: boolean;
  readonly onProgress: (progress: {
    readonly step: 'check' | 'write';
    readonly what: string;
    readonly rows: number;
    readonly total: number;
  }) => void;
  /** Throws to leave it. */
  readonly confirm: (plan: PythonPlan) => Promise<void>;
  readonly signal: AbortSignal;
}

/** What an import would do, or did. */
export interface PythonPlan {
  readonly users: {
    readonly total: number;
    readonly created: number;
    readonly skipped: number;
    readonly admins: number;
    readonly adminsAsUsers: number;
    readonly failed: number;
  };
  readonly collections: readonly {
    readonly name: string;
    readonly was: string;
    readonly state: 'new' | 'unfinished' | 'imported' | 'skipped' | 'left_out';
    readonly records: number;
    readonly created: number;
    readonly failed: number;
    readonly notes: readonly string[];
  }[];
  readonly schedules: {
    readonly total: number;
    readonly created: number;
    readonly notes: readonly string[];
  };
  readonly calls: { readonly total: number; readonly created: number };
  readonly settings: readonly string[];
  readonly notes: readonly string[];
  readonly failed: number;
  /** The first hundred. */
  readonly faults: readonly {
    readonly table: string;
    readonly id: string;
    readonly field: string;
    readonly msg: string;
  }[];
  readonly canLoosen: boolean;
}

export interface PythonImportReport extends PythonPlan {
  /** Nothing was written because of the faults. */
  readonly isRefused: boolean;
}
