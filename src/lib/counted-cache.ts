import { LRUCache } from 'lru-cache';

/**
 * Keeps the `max` entries that were used last. Unlike the option of that name it takes memory only for
 * entries that are there: a server has several of these, and most stay nearly empty.
 */
export function createCountedCache<Value extends object | string | number | true>(
  max: number,
): LRUCache<string, Value> {
  return new LRUCache({ maxSize: max, sizeCalculation: () => 1 });
}
