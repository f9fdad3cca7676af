import { type Static, Type } from '@sinclair/typebox';

const closed = { additionalProperties: false } as const;
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const words = <const T extends readonly string[]>(values: T, description: string) =>
  Type.Unsafe<T[number]>(Type.String({ enum: [...values], description }));
const texts = (description: string) => Type.Array(Type.String(), { description });
const timestamp = (description: string) => Type.String({ format: 'date-time', description });

const SOURCE_KINDS = ['folder', 'archive', 'url', 'git'] as const;
const STATES = ['running', 'starting', 'failed', 'stopped', 'disabled', 'broken', 'off'] as const;
export const SETTING_TYPES = ['string', 'integer', 'number', 'boolean', 'list', 'json'] as const;
export type SettingType = (typeof SETTING_TYPES)[number];

/** Where an extension was installed from. */
export const ExtensionSource = Type.Object(
  {
    kind: words(SOURCE_KINDS, 'What it was: a folder or an archive on a disk, or an address.'),
    location: Type.String({ description: 'The path or address, without a password in it.' }),
    ref: nullable(Type.String({ description: 'Of git: the branch or tag that was asked for.' })),
    commit: nullable(Type.String({ description: 'Of git: what it was then.' })),
  },
  { ...closed, $id: 'ExtensionSource' },
);
export type ExtensionSource = Static<typeof ExtensionSource>;

/** An extension in the folder, as its manifest describes it and as it fares. */
export const Extension = Type.Object(
  {
    name: Type.String({ description: 'Of its folder and in its manifest.' }),
    version: nullable(Type.String({ description: 'null: its manifest cannot be read.' })),
    description: nullable(Type.String()),
    author: nullable(Type.String()),
    license: nullable(Type.String()),
    is_enabled: Type.Boolean({ description: 'Whether it is to run.' }),
    state: words(
      STATES,
      'broken: its manifest is faulty, or its folder no extension; disabled: it is not to run; stopped: its folder came while the server ran; off: none runs here; failed: it did not load.',
    ),
    error: nullable(Type.String({ description: 'Why it is broken or failed.' })),
    hooks: texts('What it listens to, while it runs.'),
    functions: texts('Functions that it registered.'),
    source: nullable(ExtensionSource),
    error_count: Type.Integer({ description: 'Errors that are kept of it.' }),
    installed_at: nullable(
      timestamp('When it was installed or first set; null: its folder was put there.'),
    ),
    updated_at: nullable(timestamp('When it was last installed, enabled, disabled or set.')),
  },
  { ...closed, $id: 'Extension' },
);
export type Extension = Static<typeof Extension>;

export const ExtensionPage = Type.Object(
  {
    items: Type.Array(Extension),
    total: Type.Integer({ description: 'How many there are, on all pages.' }),
    page: Type.Integer({ description: 'Counted from 1.' }),
    page_size: Type.Integer(),
  },
  { ...closed, $id: 'ExtensionPage' },
);
export type ExtensionPage = Static<typeof ExtensionPage>;

export const ExtensionPatch = Type.Object(
  { is_enabled: Type.Boolean({ description: 'Whether it is to run.' }) },
  { ...closed, $id: 'ExtensionPatch' },
);
export type ExtensionPatch = Static<typeof ExtensionPatch>;

/** Something that went wrong in code of an extension. */
export const ExtensionError = Type.Object(
  {
    id: Type.Integer({ description: 'Larger than that of every error before.' }),
    created_at: timestamp('When it happened.'),
    event: nullable(
      Type.String({ description: 'The hook, load while it was loaded, process when it ended.' }),
    ),
    message: Type.String(),
    stack: nullable(Type.String({ description: 'Where it was thrown.' })),
  },
  { ...closed, $id: 'ExtensionError' },
);
export type ExtensionError = Static<typeof ExtensionError>;

export const ExtensionErrorPage = Type.Object(
  {
    items: Type.Array(ExtensionError),
    total: Type.Integer({ description: 'How many are kept; older ones are gone.' }),
    page: Type.Integer({ description: 'Counted from 1.' }),
    page_size: Type.Integer(),
  },
  { ...closed, $id: 'ExtensionErrorPage' },
);
export type ExtensionErrorPage = Static<typeof ExtensionErrorPage>;

/** Of any JSON values. */
export const SettingValues = Type.Record(Type.String({ maxLength: 200 }), Type.Unknown());
export type SettingValues = Readonly<Record<string, unknown>>;

/** A setting that the manifest declares. */
const DeclaredSetting = Type.Object(
  {
    name: Type.String(),
    type: words(SETTING_TYPES, 'list: of texts; json: anything.'),
    description: nullable(Type.String()),
    default: Type.Unknown({ description: 'What holds while nothing is set; null: nothing.' }),
    is_secret: Type.Boolean({ description: 'True: it is set, and never shown again.' }),
    is_set: Type.Boolean({ description: 'False: the default holds.' }),
  },
  { ...closed, $id: 'DeclaredSetting' },
);

export const ExtensionSettings = Type.Object(
  {
    settings: Type.Record(Type.String(), Type.Unknown(), {
      description: 'What holds: what was set over the defaults. Secrets are left out.',
    }),
    declared: Type.Array(DeclaredSetting, {
      description: 'Those of its manifest. When there are any, no others can be set.',
    }),
  },
  { ...closed, $id: 'ExtensionSettings' },
);
export type ExtensionSettings = Static<typeof ExtensionSettings>;

export const ExtensionSettingsPatch = Type.Unsafe<SettingValues>({
  ...Type.Object(
    {},
    {
      additionalProperties: true,
      $id: 'ExtensionSettingsPatch',
      description:
        'Any of the settings; null goes back to the default, what is left out stays as it is. 64 KB in all.',
    },
  ),
});
