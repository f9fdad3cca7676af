/** Ends what never comes, and promises nothing: far longer than any machine takes. */
const PATIENCE_MS = 150_000;
const LOOK_EVERY_MS = 10;

/** Waits for what will come. */
export async function until(
  isThere: () => boolean | Promise<boolean>,
  what = isThere.toString(),
): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!(await isThere())) {
    if (performance.now() > giveUpAt) throw new Error(`It never came: ${what}`);
    await Bun.sleep(LOOK_EVERY_MS);
  }
}
