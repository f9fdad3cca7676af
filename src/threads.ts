// The second composition root, beside app.ts: what runs in the server's threads. Each imports only what
// it needs, so that it starts fast and stays small.

export async function runThread(kind: string | undefined): Promise<void> {
  switch (kind) {
    case 'reader': {
      const { runReader } = await import('./storage/sqlite/reader-thread.ts');
      runReader();
      return;
    }
    case 'writer': {
      const { runWriter } = await import('./storage/sqlite/writer-thread.ts');
      const { planChange } = await import('./features/collections/changes.ts');
      const { compileSchema } = await import('./features/collections/compile.ts');
      runWriter({ planChange, compileSchema });
      return;
    }
    default:
      throw new Error(`there is no thread of the kind ${kind}`);
  }
}
