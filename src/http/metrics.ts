import type { Metric, Registry } from 'prom-client';

/** What the server counts. Plain numbers: prom-client looks labels up in maps, and only reads them. */
export interface Metrics {
  request(method: string, status: number, seconds: number): void;
  commit(groupSize: number): void;
  functionCall(name: string, status: 'succeeded' | 'failed', seconds: number): void;
  /** A number that is asked for when somebody looks, such as requests in flight. */
  gauge(name: string, help: string, read: () => number): void;
  /** Prometheus text. */
  render(): Promise<string>;
  readonly contentType: string;
  stop(): void;
}

interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}
type MetricType = 'counter' | 'gauge' | 'histogram';

const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const GROUP_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const LAG_SAMPLE_MS = 500;
/** Names come and go with reloads; each is a series for ever. */
const MAX_FUNCTIONS = 500;

export function createMetrics(): Metrics {
  const requests = new Map<string, number[]>();
  const latency = createHistogram(REQUEST_SECONDS);
  const groups = createHistogram(GROUP_SIZES);
  const calls = new Map<string, { succeeded: number; failed: number }>();
  const callSeconds = createHistogram(REQUEST_SECONDS);
  const gauges: { name: string; help: string; read: () => number }[] = [];
  const lag = createLagMeter();
  let registry: Promise<Registry> | undefined;

  async function openRegistry(): Promise<Registry> {
    // Loaded by the first scrape: a server that nobody scrapes starts without it.
    const prom = await import('prom-client');
    const created = new prom.Registry();
    const add = (
      name: string,
      help: string,
      type: MetricType,
      read: (name: string) => readonly Sample[],
    ) => created.registerMetric(toMetric(name, help, type, read));
    const one = (read: () => number) => () => [{ labels: {}, value: read() }];
    add('tinybase_requests_total', 'Requests answered.', 'counter', () =>
      [...requests].flatMap(([method, byClass]) =>
        byClass.flatMap((value, status) =>
          value === undefined ? [] : [{ labels: { method, status: `${status}xx` }, value }],
        ),
      ),
    );
    add(
      'tinybase_request_seconds',
      'Time from a request to its answer.',
      'histogram',
      latency.read,
    );
    add('tinybase_commits_total', 'Commits of the database.', 'counter', one(groups.count));
    add('tinybase_commit_writes', 'Writes that shared one commit.', 'histogram', groups.read);
    add('tinybase_function_calls_total', 'Function calls.', 'counter', () =>
      [...calls].flatMap(([name, byStatus]) =>
        Object.entries(byStatus).map(([status, value]) => ({
          labels: { function: name, status },
          value,
        })),
      ),
    );
    add('tinybase_function_seconds', 'Duration of function calls.', 'histogram', callSeconds.read);
    add(
      'tinybase_event_loop_lag_seconds',
      'Longest stall since the last look.',
      'gauge',
      one(lag.take),
    );
    add(
      'process_resident_memory_bytes',
      'Resident memory.',
      'gauge',
      one(() => process.memoryUsage.rss()),
    );
    add(
      'process_heap_bytes',
      'Heap in use.',
      'gauge',
      one(() => process.memoryUsage().heapUsed),
    );
    add('process_cpu_seconds_total', 'CPU time.', 'counter', one(readCpuSeconds));
    add(
      'process_uptime_seconds',
      'Time since start.',
      'gauge',
      one(() => process.uptime()),
    );
    for (const { name, help, read } of gauges) add(name, help, 'gauge', one(read));
    return created;
  }

  return {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    request(method, status, seconds) {
      const name = METHODS.has(method) ? method : 'OTHER';
      const byClass = requests.get(name) ?? [];
      if (byClass.length === 0) requests.set(name, byClass);
      const group = Math.floor(status / 100);
      byClass[group] = (byClass[group] ?? 0) + 1;
      latency.observe(seconds);
    },
    commit: groups.observe,
    functionCall(called, status, seconds) {
      const name = calls.has(called) || calls.size < MAX_FUNCTIONS ? called : 'other';
      const byStatus = calls.get(name) ?? { succeeded: 0, failed: 0 };
      byStatus[status]++;
      calls.set(name, byStatus);
      callSeconds.observe(seconds);
    },
    gauge(name, help, read) {
      gauges.push({ name, help, read });
    },
    async render() {
      registry ??= openRegistry();
      return await (await registry).metrics();
    },
    stop: lag.stop,
  };
}

/** A caller may invent methods; each would be a series for ever. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

function createHistogram(bounds: readonly number[]) {
  const counts = new Float64Array(bounds.length + 1);
  let sum = 0;
  let total = 0;
  return {
    observe(value: number): void {
      let bucket = 0;
      while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
      counts[bucket] = (counts[bucket] as number) + 1;
      sum += value;
      total++;
    },
    count: () => total,
    read(name: string): readonly Sample[] {
      let below = 0;
      const buckets = [...bounds, '+Inf'].map((le, index) => {
        below += counts[index] as number;
        return { labels: { le }, value: below, metricName: `${name}_bucket` };
      });
      return [
        ...buckets,
        { labels: {}, value: sum, metricName: `${name}_sum` },
        { labels: {}, value: total, metricName: `${name}_count` },
      ];
    },
  };
}

/** How late a timer comes: what everybody else had to wait. */
function createLagMeter() {
  let due = performance.now() + LAG_SAMPLE_MS;
  let worst = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - due);
    due = now + LAG_SAMPLE_MS;
  }, LAG_SAMPLE_MS);
  timer.unref();
  return {
    take(): number {
      const taken = worst / 1000;
      worst = 0;
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}

/** A metric as prom-client's registry reads one: it only ever calls get(). */
function toMetric(
  name: string,
  help: string,
  type: MetricType,
  read: (name: string) => readonly Sample[],
): Metric {
  const get = async () => ({ name, help, type, values: read(name), aggregator: 'sum' });
  return { name, get } as unknown as Metric;
}

function readCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
