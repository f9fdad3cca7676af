/** What the commands for extensions ask for; the command line has full rights. */
export interface CliExtensions {
  /** Fetches and checks what is named, from the folder where it is named; installs nothing yet. */
  offer(text: string, cwd: string, signal?: AbortSignal): Promise<ExtensionOffer>;
  list(): Promise<readonly ExtensionRow[]>;
  setEnabled(name: string, isEnabled: boolean): Promise<ExtensionRow>;
  get(name: string): Promise<ExtensionRow>;
  /** Removes its folder and its settings. */
  remove(name: string): Promise<void>;
  checkUpdates(signal?: AbortSignal): Promise<readonly ExtensionUpdateRow[]>;
}

/** Where an extension comes from, as it is shown. */
export interface ShownSource {
  readonly kind: 'folder' | 'archive' | 'url' | 'git';
  readonly location: string;
  readonly ref: string | null;
  readonly commit: string | null;
}

/** An extension that could be installed. */
export interface ExtensionOffer {
  readonly manifest: {
    readonly name: string;
    readonly version: string;
    readonly description: string | null;
    readonly author: string | null;
    readonly license: string | null;
    readonly settings: readonly {
      readonly name: string;
      readonly description: string | null;
      readonly isSecret: boolean;
    }[];
  };
  readonly source: ShownSource;
  readonly entry: string;
  readonly fileCount: number;
  readonly bytes: number;
  /** npm packages: name → version. */
  readonly packages: Readonly<Record<string, string>>;
  readonly hooks: readonly string[];
  /** The version that it takes the place of. */
  readonly replaces: string | null;
  /** Installs its packages, then itself. */
  accept(onLine: (line: string) => void, signal?: AbortSignal): Promise<void>;
  /** Removes what was fetched; also after it was accepted. */
  close(): Promise<void>;
}

/** An extension as `extensions list` shows it. */
export interface ExtensionRow {
  readonly name: string;
  readonly version: string | null;
  readonly description: string | null;
  readonly author: string | null;
  readonly license: string | null;
  readonly is_enabled: boolean;
  readonly state: string;
  readonly error: string | null;
  readonly source: ShownSource | null;
  readonly error_count: number;
  readonly installed_at: string | null;
  readonly updated_at: string | null;
}

/** What is known of a newer version. */
export type ExtensionUpdateRow = {
  readonly name: string;
  readonly version: string | null;
} & (
  | { readonly status: 'current'; readonly latest: string }
  | { readonly status: 'update'; readonly latest: string; readonly from: string }
  | { readonly status: 'unknown'; readonly reason: string }
);
