/** Where a value came from, for messages, `config --show-origin` and the admin app. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  /** `file` and `line` when the variable stands in the file of --env-file. */
  | {
      readonly kind: 'variable';
      readonly variable: string;
      readonly file?: string;
      readonly line?: number;
    }
  | { readonly kind: 'flag'; readonly flag: string };

/** `tinybase.toml:12`, `TINYBASE_SERVER_PORT`, `--port` or `default`. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return 'default';
    case 'file':
      return `${origin.file}:${origin.line}`;
    case 'variable':
      return origin.file === undefined
        ? origin.variable
        : `${origin.variable} (${origin.file}:${origin.line})`;
    case 'flag':
      return origin.flag;
    default:
      return origin satisfies never;
  }
}
