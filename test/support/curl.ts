import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface CurlAnswer {
  readonly status: number;
  readonly text: string;
}

/** What the examples use of curl, so that they run where there is none. `dir` is where its files are. */
export async function runCurl(words: readonly string[], dir: string): Promise<CurlAnswer> {
  const headers = new Headers();
  const parameters: string[] = [];
  let url: URL | undefined;
  let method: string | undefined;
  let body: string | Uint8Array<ArrayBuffer> | undefined;
  let isInUrl = false;
  let output: string | undefined;
  const rest = [...words];
  const value = (option: string): string => {
    const next = rest.shift();
    if (next === undefined) throw new Error(`curl ${option} wants a value`);
    return next;
  };
  const content = async (option: string) => {
    const given = value(option);
    return given.startsWith('@')
      ? new Uint8Array(await readFile(join(dir, given.slice(1))))
      : given;
  };
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    switch (word) {
      case '-X':
        method = value(word);
        break;
      case '-H': {
        const [name = '', ...text] = value(word).split(':');
        headers.set(name, text.join(':').trim());
        break;
      }
      case '-G':
        isInUrl = true;
        break;
      case '-d':
      case '--data-binary':
        body = await content(word);
        break;
      case '--json':
        body = await content(word);
        headers.set('content-type', 'application/json');
        break;
      case '--data-urlencode': {
        const [name = '', ...text] = value(word).split('=');
        parameters.push(`${encodeURIComponent(name)}=${encodeURIComponent(text.join('='))}`);
        break;
      }
      case '-o':
        output = value(word);
        break;
      default:
        if (word.startsWith('-') || url) throw new Error(`the examples know no curl ${word}`);
        url = new URL(word);
    }
  }
  if (!url) throw new Error('curl wants a URL');
  if (parameters.length > 0) {
    if (!isInUrl) throw new Error('the examples know --data-urlencode with -G alone');
    url.search += `${url.search ? '&' : '?'}${parameters.join('&')}`;
  }
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    ...(body !== undefined && { body }),
  });
  const bytes = await response.bytes();
  if (output !== undefined) writeFileSync(join(dir, output), bytes);
  return { status: response.status, text: new TextDecoder().decode(bytes) };
}
