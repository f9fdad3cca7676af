/**
 * The line of every key in a TOML document, by its path joined with dots (a part that holds a dot or
 * a quote is kept as JSON text). The parser says where a syntax error is but not where a value came
 * from. Reads valid documents exactly and never throws on others: it runs after the parser.
 */
export function findTomlLines(source: string): ReadonlyMap<string, number> {
  const scanner = new TomlScanner(source);
  scanner.readDocument();
  return scanner.lines;
}

/** The key under which findTomlLines keeps a path. */
export function toTomlPath(parts: readonly string[]): string {
  return parts.map((part) => (/^[\w-]+$/.test(part) ? part : JSON.stringify(part))).join('.');
}

class TomlScanner {
  readonly lines = new Map<string, number>();
  readonly #source: string;
  #at = 0;
  #line = 1;

  constructor(source: string) {
    this.#source = source;
  }

  readDocument(): void {
    let table: readonly string[] = [];
    while (this.#skipBlank()) {
      if (this.#peek() === '[') {
        const line = this.#line;
        while (this.#peek() === '[') this.#next();
        table = this.#readPath(']');
        this.#note(table, line);
        while (this.#peek() === ']') this.#next();
      } else {
        this.#readPair(table);
      }
    }
  }

  #readPair(table: readonly string[]): void {
    const line = this.#line;
    const start = this.#at;
    const path = [...table, ...this.#readPath('=')];
    this.#note(path, line);
    if (this.#peek() === '=') this.#next();
    this.#skipSpaces();
    this.#skipValue(path);
    // Whatever a broken document holds, every turn moves on.
    if (this.#at === start) this.#next();
  }

  #note(path: readonly string[], line: number): void {
    const key = toTomlPath(path);
    if (!this.lines.has(key)) this.lines.set(key, line);
  }

  /** Reads `a."b c".d` up to the character that ends it, which stays unread. */
  #readPath(end: string): string[] {
    const parts: string[] = [];
    let bare = '';
    const finish = () => {
      if (bare !== '') parts.push(bare);
      bare = '';
    };
    while (!this.#isDone() && this.#peek() !== end && this.#peek() !== '\n') {
      const char = this.#peek();
      if (char === '"' || char === "'") parts.push(this.#readString());
      else if (char === '.') {
        finish();
        this.#next();
      } else {
        if (!/\s/.test(char)) bare += char;
        this.#next();
      }
    }
    finish();
    return parts;
  }

  #skipValue(path: readonly string[]): void {
    const char = this.#peek();
    if (char === '"' || char === "'") this.#readString();
    else if (char === '[') this.#skipArray(path);
    else if (char === '{') this.#skipInlineTable(path);
    else while (!this.#isDone() && !/[\n,\]}#]/.test(this.#peek())) this.#next();
  }

  #skipArray(path: readonly string[]): void {
    this.#next();
    while (this.#skipBlank() && this.#peek() !== ']') {
      if (this.#peek() === ',' || this.#peek() === '}') this.#next();
      else this.#skipValue(path);
    }
    this.#next();
  }

  #skipInlineTable(path: readonly string[]): void {
    this.#next();
    while (this.#skipBlank() && this.#peek() !== '}') {
      if (this.#peek() === ',' || this.#peek() === ']') this.#next();
      else this.#readPair(path);
    }
    this.#next();
  }

  /** A string in any of the four notations, with its escapes. */
  #readString(): string {
    const quote = this.#peek();
    const isLong = this.#source.startsWith(quote.repeat(3), this.#at);
    const end = isLong ? quote.repeat(3) : quote;
    for (let i = 0; i < end.length; i++) this.#next();
    const start = this.#at;
    while (!this.#isDone() && !this.#source.startsWith(end, this.#at)) {
      if (!isLong && this.#peek() === '\n') break;
      if (quote === '"' && this.#peek() === '\\') this.#next();
      this.#next();
    }
    // """" and """"" end a long string too: up to two quotes belong to its text.
    if (isLong) while (this.#source.startsWith(quote.repeat(4), this.#at)) this.#next();
    const text = this.#source.slice(start, this.#at);
    for (let i = 0; i < end.length && this.#peek() === quote; i++) this.#next();
    return quote === '"' ? decodeEscapes(text) : text;
  }

  /** Moves to the next character that counts; false at the end. */
  #skipBlank(): boolean {
    while (!this.#isDone()) {
      if (this.#peek() === '#') while (!this.#isDone() && this.#peek() !== '\n') this.#next();
      else if (/\s/.test(this.#peek())) this.#next();
      else return true;
    }
    return false;
  }

  #skipSpaces(): void {
    while (this.#peek() === ' ' || this.#peek() === '\t') this.#next();
  }

  #peek(): string {
    return this.#source[this.#at] ?? '';
  }

  #next(): void {
    if (this.#source[this.#at] === '\n') this.#line++;
    this.#at++;
  }

  #isDone(): boolean {
    return this.#at >= this.#source.length;
  }
}

/** The escapes that occur in keys; TOML's \e and \U are not worth more code for a line number. */
function decodeEscapes(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}
