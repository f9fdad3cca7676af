/** What every functions folder holds beside the functions, by file name. */
export const FUNCTIONS_FILES: Readonly<Record<string, string>>;
export const EXAMPLE_FUNCTION: { readonly name: string; readonly text: string };
export const GITIGNORE: string;
