import { Value } from '@sinclair/typebox/value';
import { type Actor, requireFullAdmin } from '../../core/actor.ts';
import type { AuditTrail } from '../../core/audit.ts';
import { type Clock, toTimestamp } from '../../core/clock.ts';
import type { Config } from '../../core/config-schema.ts';
import { type Origins, showOrigin, showSettings } from '../../core/config-shown.ts';
import { AppError, type Fault, invalidInput } from '../../core/errors.ts';
import { countCodePoints } from '../../lib/code-points.ts';
import { MAIL_KINDS, MailTemplate, type MailTemplates } from '../mail/schema.ts';
import { findTemplateFaults } from '../mail/service.ts';
import type { ConfigEntry, Settings, SettingsPatch } from './schema.ts';
import type { ChangedSetting, SettingStore } from './store.ts';

const DEFAULT_NAME = 'TinyBase';
const MAX_NAME_LENGTH = 100;
/** Characters that would break a line wherever the name is shown, or turn the text around it. */
const UNSHOWABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
/** Keys of this service that are settings of the file, too. */
const CONFIG_KEYS = { registration: 'auth.registration' } as const;
/** Each kind of mail is a value of its own, so that two admins who write different ones both count. */
const TEMPLATE_PREFIX = 'mail_templates.';

export interface SettingsDeps {
  readonly store: SettingStore;
  readonly clock: Clock;
  readonly audit: AuditTrail;
  readonly config: Config;
  readonly origins: Origins;
  /** The project's folder, absolute. */
  readonly dir: string;
}

/** What admins change while the server runs. Each value is asked for when it is needed, so changes count at once. */
export interface SettingsService {
  instanceName(): string;
  isRegistrationOpen(): boolean;
  /** Own texts only. */
  mailTemplates(): MailTemplates;
  read(actor: Actor): Settings;
  update(actor: Actor, patch: SettingsPatch): Promise<Settings>;
}

export function createSettingsService(deps: SettingsDeps): SettingsService {
  const { store, clock, audit, config, origins, dir } = deps;
  const locked = Object.entries(CONFIG_KEYS).flatMap(([key, configKey]) => {
    const origin = origins.get(configKey);
    return origin === undefined || origin.kind === 'default'
      ? []
      : [{ key, origin: showOrigin(origin, dir) }];
  });
  const isLocked = (key: string) => locked.some((lock) => lock.key === key);
  const shownConfig = toConfig(config, origins, dir);

  function instanceName(): string {
    const name = store.read().instance_name;
    return typeof name === 'string' && findNameFault(name) === undefined ? name : DEFAULT_NAME;
  }

  function registration(): Settings['registration'] {
    const stored = isLocked('registration') ? undefined : store.read().registration;
    if (stored === undefined) return config.auth.registration;
    // Whatever else somebody wrote into the file: nobody was let in by a typing error.
    return stored === 'open' ? 'open' : 'closed';
  }

  function mailTemplates(): MailTemplates {
    const stored = store.read();
    return Object.fromEntries(
      MAIL_KINDS.flatMap((kind) => {
        const template = stored[TEMPLATE_PREFIX + kind];
        return Value.Check(MailTemplate, template) ? [[kind, template]] : [];
      }),
    );
  }

  function show(): Settings {
    return {
      instance_name: instanceName(),
      registration: registration(),
      mail_templates: mailTemplates(),
      locked,
      config: shownConfig,
    };
  }

  return {
    instanceName,
    isRegistrationOpen: () => registration() === 'open',
    mailTemplates,

    read(actor) {
      requireFullAdmin(actor);
      return show();
    },

    async update(actor, patch) {
      requireFullAdmin(actor);
      const refused = locked.filter(({ key }) => Object.hasOwn(patch, key));
      if (refused.length > 0) throw isSetElsewhere(refused);
      const faults = findFaults(patch);
      if (faults.length > 0) throw invalidInput(faults);
      const changed = await store.change(toChanges(patch), toTimestamp(clock.now()));
      if (changed.length > 0)
        await audit.note(actor, {
          action: 'settings.update',
          subject_id: null,
          subject_name: null,
          details: toDetails(changed, patch),
        });
      return show();
    },
  };
}

/** Made once: it is what the server was started with. */
function toConfig(config: Config, origins: Origins, dir: string): Record<string, ConfigEntry> {
  const elsewhere: readonly string[] = Object.values(CONFIG_KEYS);
  return Object.fromEntries(
    showSettings(config, origins, dir)
      .filter(({ setting }) => !elsewhere.includes(setting.key))
      .map(({ setting: { key, schema, isSecret }, value, origin }) => [
        key,
        {
          value: typeof value === 'object' && value !== null ? [...value] : value,
          origin,
          description: schema.description,
          is_secret: isSecret,
        },
      ]),
  );
}

function isSetElsewhere(locks: Settings['locked']): AppError {
  const all = locks.map(({ key, origin }) => `${key} is set by ${origin}`).join(', ');
  return new AppError(
    'conflict',
    `${all} and locked here: change it there, or take it out and start the server again. Nothing was changed.`,
  );
}

function findFaults({ instance_name, mail_templates }: SettingsPatch): readonly Fault[] {
  const name = typeof instance_name === 'string' ? findNameFault(instance_name) : undefined;
  return [...(name ? [name] : []), ...findTemplateFaults(withoutNull(mail_templates))];
}

function withoutNull(templates: SettingsPatch['mail_templates']): MailTemplates {
  return Object.fromEntries(
    Object.entries(templates ?? {}).filter(([, template]) => template !== null),
  );
}

function findNameFault(name: string): Fault | undefined {
  const loc = ['body', 'instance_name'];
  const length = countCodePoints(name);
  if (name.trim() === '') return { loc, msg: 'must not be empty', type: 'string_too_short' };
  if (length > MAX_NAME_LENGTH)
    return {
      loc,
      msg: `must have at most ${MAX_NAME_LENGTH} characters, got ${length}`,
      type: 'string_too_long',
    };
  if (UNSHOWABLE.test(name))
    return {
      loc,
      msg: 'must not hold line breaks, control characters or marks that turn text around',
      type: 'value_error',
    };
  return undefined;
}

/** What is stored, by its key; null forgets. */
function toChanges({ instance_name, registration, mail_templates }: SettingsPatch) {
  const changes = new Map<string, unknown>();
  if (instance_name !== undefined) changes.set('instance_name', instance_name);
  if (registration !== undefined) changes.set('registration', registration);
  if (mail_templates === undefined) return changes;
  for (const kind of MAIL_KINDS) {
    const template = mail_templates === null ? null : mail_templates[kind];
    if (template === undefined) continue;
    // One without any part is no own text.
    const isEmpty = template === null || Object.keys(template).length === 0;
    changes.set(TEMPLATE_PREFIX + kind, isEmpty ? null : template);
  }
  return changes;
}

/** For the audit log; null is the default. Of a template its name only, as texts are long. */
function toDetails(changed: readonly ChangedSetting[], patch: SettingsPatch) {
  const plain = changed.filter(({ key }) => !key.startsWith(TEMPLATE_PREFIX));
  const now: Readonly<Record<string, unknown>> = patch;
  return {
    changed: changed.map(({ key }) => key),
    was: Object.fromEntries(plain.map(({ key, was }) => [key, was])),
    now: Object.fromEntries(plain.map(({ key }) => [key, now[key]])),
  };
}
