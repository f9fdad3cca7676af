/** Splits CSV into rows of cells as they are written, quotes and all, however it is cut into pieces. */
export function createCsvSplitter(): {
  push(text: string): string[][];
  end(): string[][];
} {
  let cell = '';
  let row: string[] = [];
  let isQuoted = false;
  let wasReturn = false;

  function take(text: string): string[][] {
    const rows: string[][] = [];
    let from = 0;
    const finish = (to: number) => {
      row.push(cell + text.slice(from, to));
      cell = '';
    };
    for (let at = 0; at < text.length; at++) {
      const letter = text[at];
      if (wasReturn) {
        wasReturn = false;
        if (letter === '\n') {
          from = at + 1;
          continue;
        }
      }
      if (letter === '"') isQuoted = !isQuoted;
      else if (!isQuoted && letter === ',') {
        finish(at);
        from = at + 1;
      } else if (!isQuoted && (letter === '\n' || letter === '\r')) {
        finish(at);
        rows.push(row);
        row = [];
        wasReturn = letter === '\r';
        from = at + 1;
      }
    }
    cell += text.slice(from);
    return rows;
  }

  return {
    push: take,
    end() {
      if (cell === '' && row.length === 0) return [];
      return [[...row, cell]];
    },
  };
}

/** What a cell says. */
export function unquote(cell: string): string {
  return cell.startsWith('"') && cell.endsWith('"') && cell.length > 1
    ? cell.slice(1, -1).replaceAll('""', '"')
    : cell;
}

/** A text as a cell. */
export function toCell(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
