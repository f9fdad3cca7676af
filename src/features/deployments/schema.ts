import { type Static, Type } from '@sinclair/typebox';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);
const names = (description: string) => Type.Array(Type.String(), { description });

const fields = {
  created_at: Type.String({ format: 'date-time', description: 'When it was deployed.' }),
  created_by_user_id: nullable(Type.String({ description: 'Who deployed it.' })),
  is_active: Type.Boolean({ description: 'True: its functions answer now.' }),
  message: nullable(Type.String({ description: 'What the one who deployed it said about it.' })),
  file_count: Type.Integer(),
  bytes: Type.Integer({ description: 'Of all files together, without packages.' }),
  checksum: Type.String({ description: 'SHA-256 of the archive, in hex.' }),
  functions: names('The functions, by name.'),
};

/** One version of all functions, as it was sent. */
export const Deployment = Type.Object(
  { id: Type.String({ format: 'uuid' }), ...fields },
  { $id: 'Deployment', additionalProperties: false },
);
export type Deployment = Static<typeof Deployment>;

export const DeploymentPage = Type.Object(
  {
    items: Type.Array(Deployment),
    total: Type.Integer({ description: 'How many there are, on all pages.' }),
    page: Type.Integer({ description: 'Counted from 1.' }),
    page_size: Type.Integer(),
  },
  { $id: 'DeploymentPage', additionalProperties: false },
);
export type DeploymentPage = Static<typeof DeploymentPage>;

export const NameChanges = Type.Object(
  {
    added: names('Not there before.'),
    changed: names('There before, in another form.'),
    removed: names('No longer there.'),
  },
  { $id: 'NameChanges', additionalProperties: false },
);
export type NameChanges = Static<typeof NameChanges>;

export const COMPARISONS = ['active', 'before'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** What a version has that another one has not, and the other way round. */
export const DeploymentChanges = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    compared_with: nullable(
      Type.String({
        format: 'uuid',
        description:
          'null: with the folder of the project, which is active, or with nothing, as none before it is kept.',
      }),
    ),
    functions: NameChanges,
    files: NameChanges,
  },
  { $id: 'DeploymentChanges', additionalProperties: false },
);
export type DeploymentChanges = Static<typeof DeploymentChanges>;

/** What a deploy changes, or would change. */
export const DeployResult = Type.Object(
  {
    id: nullable(Type.String({ format: 'uuid', description: 'null: nothing was kept (dry run).' })),
    ...fields,
    changes: Type.Object(
      {
        functions: NameChanges,
        files: NameChanges,
      },
      {
        additionalProperties: false,
        description:
          'Compared with what was active before. A function counts as changed when its own file is another; without a deployment before, all files count as added.',
      },
    ),
  },
  { $id: 'DeployResult', additionalProperties: false },
);
export type DeployResult = Static<typeof DeployResult>;

/** What answers after a roll-back. */
export const ActivatedDeployment = Type.Object(
  {
    id: Type.String({ description: 'Of a deployment, or local: the folder of the project.' }),
    is_active: Type.Literal(true),
    functions: names('The functions that answer now, by name.'),
  },
  { $id: 'ActivatedDeployment', additionalProperties: false },
);
export type ActivatedDeployment = Static<typeof ActivatedDeployment>;
