import { Elysia } from 'elysia';
import type { Guard } from '../../http/guard.ts';
import { Settings, SettingsPatch } from './schema.ts';
import type { SettingsService } from './service.ts';

const tags = ['settings'];

export function settingsRoutes(settings: SettingsService, guard: Guard) {
  return new Elysia({ prefix: '/api/admin/settings' })
    .use(guard)
    .get('', ({ actor }) => settings.read(actor), {
      access: 'admin',
      detail: {
        operationId: 'readSettings',
        summary: 'Read the settings',
        description:
          'What an admin may change while the server runs, and, read only, all that it was started with. Secrets are never shown.',
        tags,
        'x-response': { 200: Settings },
      },
    })
    .patch('', ({ actor, body }) => settings.update(actor, body), {
      access: 'admin',
      body: SettingsPatch,
      detail: {
        operationId: 'updateSettings',
        summary: 'Change settings',
        description:
          'All of it or nothing, and live at once. null brings a default back. What the file, the environment or a flag sets is locked (409).',
        tags,
        'x-response': { 200: Settings },
      },
    });
}
