import { Type } from '@sinclair/typebox';
import { SETTING_TYPES } from './schema.ts';

const closed = { additionalProperties: false } as const;

/** Of SemVer 2.0.0, without what may follow a +. */
export const SEMVER = '^\\d{1,9}\\.\\d{1,9}\\.\\d{1,9}(-[0-9A-Za-z-]+(\\.[0-9A-Za-z-]+)*)?$';

const text = (maxLength: number) =>
  Type.String({ maxLength, problem: `expected a text of at most ${maxLength} characters` });
const version = () =>
  Type.String({
    pattern: SEMVER,
    maxLength: 100,
    problem: 'expected a version such as "1.2.0"',
  });
const table = { ...closed, problem: 'expected a table' };

/** A setting as the manifest declares it. */
export const SettingDeclaration = Type.Object(
  {
    type: Type.Union(
      SETTING_TYPES.map((name) => Type.Literal(name)),
      { problem: `expected one of ${SETTING_TYPES.map((name) => `"${name}"`).join(', ')}` },
    ),
    default: Type.Optional(Type.Unknown()),
    description: Type.Optional(text(500)),
    secret: Type.Optional(Type.Boolean({ problem: 'expected true or false' })),
  },
  table,
);

/** The whole of extension.toml. What `problem` says is what a person reads. */
export const ManifestFile = Type.Object(
  {
    extension: Type.Object(
      {
        name: Type.String({ problem: 'expected a text' }),
        version: version(),
        description: Type.Optional(text(500)),
        author: Type.Optional(text(200)),
        license: Type.Optional(text(100)),
        entry: Type.Optional(text(500)),
        tinybase: Type.Optional(Type.Object({ min_version: Type.Optional(version()) }, table)),
        dependencies: Type.Optional(
          Type.Record(
            Type.String(),
            Type.String({
              minLength: 1,
              maxLength: 200,
              problem: 'expected a version such as "^1.2.0"',
            }),
            { problem: 'expected a table of packages' },
          ),
        ),
        settings: Type.Optional(
          Type.Record(Type.String(), SettingDeclaration, {
            problem: 'expected a table for each setting',
          }),
        ),
      },
      table,
    ),
  },
  closed,
);
