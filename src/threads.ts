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
    case 'copier': {
      const { runCopier } = await import('./storage/sqlite/copier-thread.ts');
      runCopier();
      return;
    }
    case 'checker': {
      const { runChecker } = await import('./storage/sqlite/check/checker-thread.ts');
      const { compileSchema } = await import('./features/collections/compile.ts');
      runChecker({ compileSchema });
      return;
    }
    default:
      throw new Error(`there is no thread of the kind ${kind}`);
  }
}
