import type { FunctionCallHistogram } from '../../api/types.ts';
import type { Bar } from '../../components/ui/chart.ts';

/** The answer of the histogram as bars; none when there is nothing to see. */
export function toBars(histogram: FunctionCallHistogram | undefined): Bar[] {
  if (!histogram?.total) return [];
  return histogram.buckets.map(({ started_at, calls, failed }) => ({
    start: new Date(started_at),
    total: calls,
    failed,
  }));
}
