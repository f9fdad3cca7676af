/** Where the pages of one list begin, as far as it was walked: cheaper than counting from the start. */
export function createPageCursors() {
  let list = '';
  let cursors = new Map<number, string>();

  return {
    /** The cursor of a page of this list; another list than the last one starts anew. */
    find(key: string, page: number): string | undefined {
      if (key !== list) {
        list = key;
        cursors = new Map();
      }
      return cursors.get(page);
    },
    /** What a page said about the one behind it. */
    note(key: string, page: number, next: string | null): void {
      if (key !== list) return;
      if (next === null) cursors.delete(page + 1);
      else cursors.set(page + 1, next);
    },
    clear(): void {
      cursors.clear();
    },
  };
}
