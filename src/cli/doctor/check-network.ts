import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Config } from '../../core/config.ts';
import type { CliFacts } from '../facts.ts';
import { type DoctorFinding, ok, wrong } from './finding.ts';

/** `0A` is LISTEN in /proc/net/tcp: proc(5). */
const LISTENING = '0A';

/** Whether the server could listen, or does. */
export async function checkPort(
  { server: { host, port } }: Config,
  running: string | undefined,
): Promise<DoctorFinding> {
  const subject = 'port';
  if (running !== undefined) return ok(subject, `A server runs: ${running}.`);
  const fault = await findListenFault(host, port);
  if (fault === undefined) return ok(subject, `${port} is free.`);
  if (fault !== 'EADDRINUSE')
    return wrong(
      subject,
      `Nobody can listen on ${host}:${port} (${fault}).`,
      fault === 'EACCES'
        ? 'Ports below 1024 need root; choose another.'
        : 'Set server.host and server.port.',
    );
  const holder = findHolder(port);
  return wrong(
    subject,
    `${port} is taken${holder === undefined ? '' : ` by ${holder}`}.`,
    'Stop it, or choose another with --port or server.port.',
  );
}

export async function checkMail(facts: CliFacts, { mail }: Config): Promise<DoctorFinding> {
  if (mail.smtp_url === undefined)
    return ok('mail', 'No mail server is set: nobody gets mails of lost passwords.');
  const fault = await facts.mailFault();
  return fault === undefined
    ? ok('mail', 'The mail server can be reached, and takes the user name and password.')
    : wrong('mail', fault, 'Correct mail.smtp_url, or open the way to that server.');
}

function findListenFault(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Who listens on a port, where the system tells: on Linux, of processes that we may look into. */
function findHolder(port: number): string | undefined {
  try {
    const inodes = new Set(['tcp', 'tcp6'].flatMap((kind) => listenersOf(kind, port)));
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      if (socketsOf(pid).some((inode) => inodes.has(inode)))
        return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`;
  } catch {
    // Another system, or one that keeps it to itself.
  }
  return undefined;
}

function listenersOf(kind: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync(`/proc/net/${kind}`, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTENING && local?.endsWith(`:${hex}`))
    .map((cells) => cells[9] ?? '');
}

function socketsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
