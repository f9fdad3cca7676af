/** Lets so many pass in each stretch of time; the last of them is told that it is. */
export function createFloodGate(max: number, windowMs: number): () => 'open' | 'last' | 'shut' {
  let startedAt = performance.now();
  let passed = 0;
  return () => {
    if (performance.now() - startedAt >= windowMs) {
      startedAt = performance.now();
      passed = 0;
    }
    if (passed > max) return 'shut';
    passed++;
    return passed > max ? 'shut' : passed === max ? 'last' : 'open';
  };
}
