import type { Collection } from '../../api/types.ts';
import { curl, example } from '../collections/api-examples.ts';

/** A request that makes a record in this collection, or lists the collections while there are none. */
export function firstCurl(origin: string, collection: Collection | undefined): string {
  if (collection) return example('create', { origin, collection, id: '' }).curl;
  const url = `${origin}/api/collections`;
  return curl({ url, method: 'GET', body: undefined, needsToken: true });
}
