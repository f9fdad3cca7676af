/** The file that called a function of the SDK: a module may be imported by another before its own turn comes. */
export function findCaller(called: (...args: never[]) => unknown): string | undefined {
  const before = Error.prepareStackTrace;
  const holder: { stack?: NodeJS.CallSite[] } = {};
  try {
    Error.prepareStackTrace = (_error, sites) => sites;
    Error.captureStackTrace(holder, called);
    return holder.stack?.[0]?.getFileName() ?? undefined;
  } finally {
    if (before) Error.prepareStackTrace = before;
    else delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
  }
}
