import { Elysia } from 'elysia';
import type { Guard } from '../../http/guard.ts';
import { PageQuery } from '../../http/page-query.ts';
import { requestContext } from '../../http/request-context.ts';
import {
  Extension,
  ExtensionErrorPage,
  ExtensionPage,
  ExtensionPatch,
  ExtensionSettings,
  ExtensionSettingsPatch,
} from './schema.ts';
import type { ExtensionService } from './service.ts';

/** There is no route that installs: see installs.ts. */
export function extensionRoutes(extensions: ExtensionService, guard: Guard) {
  return new Elysia({ prefix: '/api/admin/extensions', tags: ['extensions'] })
    .use(guard)
    .get('', ({ actor, query }) => extensions.list(actor, query), {
      access: 'admin',
      query: PageQuery,
      detail: {
        operationId: 'listExtensions',
        summary: 'List the extensions in the folder, by name',
        description: 'They are installed at the machine: tinybase extensions install.',
        'x-response': { 200: ExtensionPage },
      },
    })
    .get('/:name', ({ actor, params }) => extensions.get(actor, params.name), {
      access: 'admin',
      detail: {
        operationId: 'getExtension',
        summary: 'Read an extension and how it fares',
        'x-response': { 200: Extension },
      },
    })
    .patch(
      '/:name',
      ({ request, actor, params, body }) => {
        // Loading takes as long as the extensions do.
        requestContext(request).setTimeout(0);
        return extensions.update(actor, params.name, body);
      },
      {
        access: 'admin',
        body: ExtensionPatch,
        detail: {
          operationId: 'updateExtension',
          summary: 'Enable or disable an extension',
          description:
            'The process of the extensions is started anew, the server goes on. The answer comes when that is done and says how it went.',
          'x-response': { 200: Extension },
        },
      },
    )
    .delete(
      '/:name',
      async ({ request, actor, params, set }) => {
        requestContext(request).setTimeout(0);
        await extensions.remove(actor, params.name);
        set.status = 204;
      },
      {
        access: 'admin',
        detail: {
          operationId: 'deleteExtension',
          summary: 'Uninstall an extension',
          description: 'Its folder, its settings and its errors are removed at once.',
          'x-response': { 204: null },
        },
      },
    )
    .get(
      '/:name/errors',
      ({ actor, params, query }) => extensions.listErrors(actor, params.name, query),
      {
        access: 'admin',
        query: PageQuery,
        detail: {
          operationId: 'listExtensionErrors',
          summary: 'List what went wrong in an extension, newest first',
          description: 'The last 100 are kept.',
          'x-response': { 200: ExtensionErrorPage },
        },
      },
    )
    .get('/:name/settings', ({ actor, params }) => extensions.getSettings(actor, params.name), {
      access: 'admin',
      detail: {
        operationId: 'getExtensionSettings',
        summary: 'Read the settings of an extension',
        'x-response': { 200: ExtensionSettings },
      },
    })
    .patch(
      '/:name/settings',
      ({ request, actor, params, body }) => {
        requestContext(request).setTimeout(0);
        return extensions.updateSettings(actor, params.name, body);
      },
      {
        access: 'admin',
        body: ExtensionSettingsPatch,
        detail: {
          operationId: 'updateExtensionSettings',
          summary: 'Change settings of an extension',
          description: 'The process of the extensions is started anew with them.',
          'x-response': { 200: ExtensionSettings },
        },
      },
    );
}
