/** What is wrong in a text, and where; lines and columns count from 1. */
export interface CodeFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type CodeLanguage = 'json' | 'text';

/** Above this a coloured text costs more than it helps: it stays in the text area. */
export const MOST_COLOURED = 200_000;
