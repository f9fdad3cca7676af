// One binary, several programs, imported dynamically so that a worker never evaluates the server.
if (!Bun.isMainThread) {
  // Started by storage/sqlite/thread.ts, which names the kind.
  const { runThread } = await import('./threads.ts');
  await runThread(process.argv[2]);
} else if (process.argv[2] === '__worker') {
  const { runWorker } = await import('./worker/main.ts');
  await runWorker();
} else if (process.argv[2] === '__extensions') {
  const { runExtensionHost } = await import('./worker/extension-main.ts');
  await runExtensionHost();
} else {
  const { main } = await import('./cli/main.ts');
  const { createProcessIo } = await import('./cli/output.ts');
  const io = createProcessIo();
  const code = await main(process.argv.slice(2), io);
  // Whatever is still open must not keep the program running, nor cut its output short.
  process.exit(await io.finish(code));
}

// Makes this file a module, which top-level await needs.
export {};
