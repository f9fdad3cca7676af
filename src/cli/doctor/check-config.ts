import { type Config, describeOrigin } from '../../core/config.ts';
import type { Project } from '../settings.ts';
import { type DoctorFinding, ok, warning } from './finding.ts';

const SUBJECT = 'configuration';

/** What the configuration says that does not count, or does nothing. Its mistakes were told before. */
export function checkConfig({
  config,
  origins,
  warnings,
  overridden,
  env,
}: Project): DoctorFinding[] {
  const found = [
    ...warnings.map((what) => warning(SUBJECT, what, 'Remove it, or write the right name.')),
    ...overridden.map(({ key, origin }) => {
      const winner = origins.get(key);
      const by = winner === undefined ? 'another place' : describeOrigin(winner);
      return warning(
        SUBJECT,
        `${key} in ${describeOrigin(origin)} does not count: ${by} decides.`,
        'Keep one of them.',
      );
    }),
    ...idleSettings(config).map(([what, advice]) => warning(SUBJECT, what, advice)),
    ...config.functions.env
      .filter((name) => !env[name])
      .map((name) =>
        warning(
          SUBJECT,
          `functions.env names ${name}, which is not set.`,
          `Set ${name}, or take it out of the list.`,
        ),
      ),
  ];
  if (found.length > 0) return found;
  const count = [...origins.values()].filter(({ kind }) => kind !== 'default').length;
  return [
    ok(SUBJECT, `Valid; ${count} ${count === 1 ? 'setting is' : 'settings are'} not the default.`),
  ];
}

/** Settings that do nothing without another one. */
function idleSettings({ auth, mail, backup, cors, admin }: Config): (readonly [string, string])[] {
  const idle: (readonly [string, string])[] = [];
  if ((auth.jwt_secret ?? []).length > 0 && auth.token_format !== 'jwt')
    idle.push([
      'auth.jwt_secret does nothing: tokens are opaque.',
      'Set auth.token_format = "jwt", or remove it.',
    ]);
  if (mail.from !== undefined && mail.smtp_url === undefined)
    idle.push([
      'mail.from does nothing without a mail server.',
      'Set mail.smtp_url, or remove it.',
    ]);
  if ((backup.path ?? backup.s3_bucket) !== undefined && backup.cron === undefined)
    idle.push(['Backups have a place, and no schedule.', 'Set backup.cron, such as "0 3 * * *".']);
  if (cors.allow_origins.includes('*') && cors.allow_origins.length > 1)
    idle.push([
      'cors.allow_origins names others beside *, which allows all.',
      'Remove * or the others.',
    ]);
  if (admin.static_dir !== 'builtin')
    idle.push([
      `The admin app is served from ${admin.static_dir}.`,
      'Keep it of the same version as this program, or set admin.static_dir = "builtin".',
    ]);
  return idle;
}
