/** The client, with empty interfaces Collections and Functions above its line `// ---- The client ----`. */
export const CLIENT_TEXT: string;
/** The types of the module `tinybase`, without those of an instance. */
export const SDK_TEXT: string;
/** The tsconfig.json of a functions folder. */
export const TSCONFIG_TEXT: string;
