import { FormatRegistry, type TSchema } from '@sinclair/typebox';

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const DATE_TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

const FORMATS: Readonly<Record<string, (value: string) => boolean>> = {
  date: (value) => DATE.test(value) && !Number.isNaN(Date.parse(value)),
  'date-time': (value) => DATE_TIME.test(value),
  time: (value) =>
    /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})?$/.test(value),
  email: (value) => value.length <= 254 && /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)*$/.test(value),
  uuid: (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value),
  uri: (value) => /^[a-z][a-z0-9+.-]*:\S+$/i.test(value) && URL.canParse(value),
  url: (value) => /^https?:\/\//i.test(value) && URL.canParse(value),
  hostname: (value) =>
    /^(?=.{1,253}$)[a-z0-9](-*[a-z0-9])*(\.[a-z0-9](-*[a-z0-9])*)*$/i.test(value),
  ipv4: (value) => /^((25[0-5]|(2[0-4]|1?\d)?\d)(\.(?!$)|$)){4}$/.test(value),
};

/**
 * Teaches TypeBox the formats of JSON Schema that people use. One that nobody knows says nothing, as
 * JSON Schema has it, instead of refusing every value.
 */
export function registerFormats(schema: TSchema): void {
  for (const [name, check] of Object.entries(FORMATS))
    if (!FormatRegistry.Has(name)) FormatRegistry.Set(name, check);
  for (const name of formatsIn(schema))
    if (!FormatRegistry.Has(name)) FormatRegistry.Set(name, () => true);
}

function* formatsIn(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return;
  if ('format' in node && typeof node.format === 'string') yield node.format;
  for (const child of Object.values(node)) yield* formatsIn(child);
}
