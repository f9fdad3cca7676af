import { NAME_PATTERN } from '../collections/schema.ts';

const NAME = new RegExp(NAME_PATTERN);
const MAX_LENGTH = 63;

/** Names of ours for names of theirs, each given once. */
interface Naming {
  /** The same name where it fits, else the nearest that does and is free. */
  give(text: string): string;
}

/** `isFree` says of a name that fits whether it may be given. */
export function createNaming(otherwise: string, isFree: (name: string) => boolean): Naming {
  const given = new Set<string>();
  const isLeft = (name: string) => isFree(name) && !given.has(name);

  return {
    give(text) {
      const name = NAME.test(text) ? text : toName(text, otherwise);
      let free = name;
      for (let n = 2; !isLeft(free); n++) {
        const end = `_${n}`;
        free = name.slice(0, MAX_LENGTH - end.length) + end;
      }
      given.add(free);
      return free;
    },
  };
}

/** blogPosts and "Blog posts" as blog_posts. */
function toName(text: string, otherwise: string): string {
  const name = text
    .slice(0, 200)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[^a-z0-9]+|_+$/g, '')
    .slice(0, MAX_LENGTH);
  if (name === '') return otherwise;
  return /^[a-z]/.test(name) ? name : `${otherwise}_${name}`.slice(0, MAX_LENGTH);
}

/** True for what may stand where it stood. */
export function fitsAsName(text: string): boolean {
  return NAME.test(text);
}
