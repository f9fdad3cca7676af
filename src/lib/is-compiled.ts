/** True inside the compiled program, whose modules live in a file system of its own. */
export const IS_COMPILED = /^(\/\$bunfs\/|[A-Z]:[\\/]~BUN)/i.test(import.meta.path);
