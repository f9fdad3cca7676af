import { toTimestamp } from '../../core/clock.ts';

/** Only files of such names are ever removed, read or sent. */
const NAME = /^tinybase-\d{8}T\d{6}Z-[0-9a-f]{12}\.db$/;
/** What a backup is called while it is made (in a folder), checked or sent. */
const REMAINS =
  /^tinybase-\d{8}T\d{6}Z-[0-9a-f]{12}\.db\.([0-9a-f]{8}\.part|upload(\.[0-9a-f]{8}\.part)?|check)$/;

/** `tinybase-20260729T031500Z-3f1c9a72b04d.db`: names sort by time, and no two are the same. */
export function toBackupName(id: string, createdMs: number): string {
  const time = toTimestamp(createdMs).slice(0, 19).replaceAll(/[-:]/g, '');
  // The last digits of an id are random, the first ones are the time once more.
  return `tinybase-${time}Z-${id.slice(-12)}.db`;
}

export function isBackupName(name: string): boolean {
  return NAME.test(name);
}

/** True for what a crash has left behind. */
export function isRemains(name: string): boolean {
  return REMAINS.test(name);
}
