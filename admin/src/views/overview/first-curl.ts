import type { Collection } from '../../api/types.ts';
import { curl } from '../api/api-request.ts';

/** A request that makes a record in this collection, or lists the collections while there are none. */
export async function firstCurl(
  origin: string,
  collection: Collection | undefined,
): Promise<string> {
  if (collection) {
    // No part of the first load, which has none.
    const { example } = await import('../collections/api-examples.ts');
    return example('create', { origin, collection, id: '' }).curl;
  }
  const url = `${origin}/api/collections`;
  return curl({ url, method: 'GET', body: undefined, needsToken: true });
}
