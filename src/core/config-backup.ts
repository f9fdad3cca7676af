import { findCronFault } from '../lib/cron-time.ts';
import type { Findings } from './config-findings.ts';
import { describeOrigin } from './config-origin.ts';

const S3_KEYS = ['s3_bucket', 's3_access_key', 's3_secret_key'].map((name) => `backup.${name}`);

/** A backup that nobody makes, or that finds no place, must be known before the night it is needed. */
export function checkBackup({ values, problems }: Findings): void {
  const find = (key: string) => values.find(({ setting }) => setting.key === key);
  const cron = find('backup.cron');
  const fault = typeof cron?.value === 'string' ? findCronFault(cron.value) : undefined;
  if (cron && fault !== undefined)
    problems.push(`backup.cron (${describeOrigin(cron.origin)}) must be ${fault}`);
  const [given] = values.filter(({ setting }) => setting.key.startsWith('backup.s3_'));
  if (given === undefined) return;
  for (const key of S3_KEYS)
    if (find(key) === undefined && !problems.some((problem) => problem.startsWith(key)))
      problems.push(
        `${key} is missing beside ${given.setting.key} (${describeOrigin(given.origin)})`,
      );
}
