import type { Actor } from '../../core/actor.ts';
import { AppError } from '../../core/errors.ts';
import type { SettingsPatch } from '../settings/schema.ts';
import type { SettingsService } from '../settings/service.ts';
import type { PythonDatabase } from './store.ts';
import { readFlag, readText } from './values.ts';

const DEFAULT_NAME = 'TinyBase';

interface SettingsOptions {
  readonly actor: Actor;
  readonly settings: Pick<SettingsService, 'read' | 'update'>;
  readonly isDryRun: boolean;
}

/** Takes over the name of the instance and who may register; answers in words what became of each. */
export async function bringSettings(
  source: PythonDatabase,
  { actor, settings, isDryRun }: SettingsOptions,
): Promise<readonly string[]> {
  const [row] = source.rows('instance_settings');
  if (!row) return [];
  const here = settings.read(actor);
  const notes: string[] = [];
  async function take(patch: SettingsPatch, done: string): Promise<void> {
    try {
      if (!isDryRun) await settings.update(actor, patch);
      notes.push(done);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      notes.push(`${Object.keys(patch).join()} stays as it is: ${error.message}`);
    }
  }
  const name = readText(row.instance_name);
  if ('value' in name && name.value !== DEFAULT_NAME && name.value !== here.instance_name) {
    if (here.instance_name === DEFAULT_NAME)
      await take({ instance_name: name.value }, `the instance is called ${name.value}`);
    else notes.push(`the name stays ${here.instance_name}; it was ${name.value}`);
  }
  const isOpen = readFlag(row.allow_public_registration, true);
  if (!isOpen && here.registration === 'open')
    await take({ registration: 'closed' }, 'registration is closed');
  if (isOpen && here.registration === 'closed')
    notes.push('registration stays closed here; it was open');
  if (readFlag(row.auth_portal_enabled, false))
    notes.push('there is no sign-in page of the auth portal: sign in over the API');
  if (readFlag(row.storage_enabled, false))
    notes.push('files in the bucket stay there: there are no file fields here');
  return notes;
}
