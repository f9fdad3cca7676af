import { createReferences, isSchema, type References, type Schema } from './schema-references.ts';
import {
  arrayOf,
  commentOf,
  inBrackets,
  indent,
  intersectionOf,
  literalOf,
  NEVER,
  single,
  type TypeText,
  toKey,
  UNKNOWN,
  unionOf,
} from './type-text.ts';

export interface SchemaTypeOptions {
  /** The name of the type, taken already. */
  readonly name: string;
  /** Finds a free name for a part that others refer to, and takes it. */
  readonly takeName: (wish: string) => string;
}

/** Deeper than anybody writes; the compiler reads nested types by recursion. */
const MAX_DEPTH = 50;
const MAX_DEFAULT_LENGTH = 100;
const LOOSE_OBJECT = single('{ [key: string]: unknown }');

/**
 * Declarations that say in TypeScript what a JSON Schema says, as far as TypeScript can: what it
 * cannot say is left out, and what it cannot know is `unknown`. The first has the given name.
 */
export function declareSchema(root: unknown, { name, takeName }: SchemaTypeOptions): string[] {
  if (!isSchema(root)) return [`export type ${name} = ${root === false ? 'never' : 'unknown'};`];
  const references = createReferences(root);
  const names = new Map<Schema, string>([[root, name]]);
  const declarations: string[] = [];
  // Parts are added while others are printed.
  for (const [place, ownName] of names) {
    const printer = new SchemaPrinter(place, references, (target) => {
      const known = names.get(target.place);
      if (known !== undefined) return known;
      const taken = takeName(`${name}_${target.name.replaceAll(/[^A-Za-z0-9]+/g, '_')}`);
      names.set(target.place, taken);
      return taken;
    });
    const { text } = printer.print(place, 0, true);
    declarations.push(`${commentOf(wordsOf(place))}export type ${ownName} = ${text};`);
  }
  return declarations;
}

type NameOf = (target: { readonly place: Schema; readonly name: string }) => string;

/** Prints the schema of one declaration. */
class SchemaPrinter {
  readonly #declared: Schema;
  readonly #references: References;
  readonly #nameOf: NameOf;

  constructor(declared: Schema, references: References, nameOf: NameOf) {
    this.#declared = declared;
    this.#references = references;
    this.#nameOf = nameOf;
  }

  /** `isDirect`: no object or list stands between the declaration's name and this. */
  print(schema: unknown, depth: number, isDirect: boolean): TypeText {
    if (schema === false) return NEVER;
    if (!isSchema(schema) || depth > MAX_DEPTH) return UNKNOWN;
    const direct = (part: unknown) => this.print(part, depth + 1, isDirect);
    const further = [
      this.#printReference(schema, isDirect),
      ...[schema.anyOf, schema.oneOf].map((parts) =>
        Array.isArray(parts) ? unionOf(parts.map(direct)) : UNKNOWN,
      ),
      ...(Array.isArray(schema.allOf) ? schema.allOf.map(direct) : []),
    ].filter((type) => type !== UNKNOWN);
    const own = this.#printOwn(schema, depth);
    // `type: object` beside parts that say more says nothing.
    const type = intersectionOf(
      own === LOOSE_OBJECT && further.length > 0 ? further : [own, ...further],
    );
    return schema.nullable === true ? unionOf([type, single('null')]) : type;
  }

  #printReference({ $ref }: Schema, isDirect: boolean): TypeText {
    const target = this.#references.find($ref);
    if (!target) return UNKNOWN;
    // `type A = A | …` is an error; a schema that says so says nothing.
    if (isDirect && this.#references.isCircle(this.#declared, target.place)) return UNKNOWN;
    return single(this.#nameOf(target));
  }

  /** What the schema says itself, without what it refers to or combines. */
  #printOwn(schema: Schema, depth: number): TypeText {
    if (Object.hasOwn(schema, 'const')) return literalOf(schema.const);
    if (Array.isArray(schema.enum)) return unionOf(schema.enum.map(literalOf));
    const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? guessType(schema)];
    return unionOf(types.map((type) => this.#printType(type, schema, depth)));
  }

  #printType(type: unknown, schema: Schema, depth: number): TypeText {
    switch (type) {
      case 'string':
      case 'number':
      case 'boolean':
      case 'null':
        return single(type);
      case 'integer':
        return single('number');
      case 'array':
        return this.#printArray(schema, depth);
      case 'object':
        return this.#printObject(schema, depth);
      default:
        return UNKNOWN;
    }
  }

  #printArray(schema: Schema, depth: number): TypeText {
    const inside = (part: unknown) => this.print(part, depth + 1, false);
    // Tuples: `prefixItems` since 2020-12, a list under `items` before.
    const { prefixItems, items, additionalItems, minItems } = schema;
    const places = Array.isArray(prefixItems)
      ? prefixItems
      : Array.isArray(items)
        ? items
        : undefined;
    if (!places) return arrayOf(inside(items));
    const required = typeof minItems === 'number' ? minItems : places.length;
    const members = places.map((place, index) =>
      index < required ? inside(place).text : `${inBrackets(inside(place))}?`,
    );
    const rest = Array.isArray(prefixItems) ? items : additionalItems;
    if (rest !== undefined && rest !== false) members.push(`...${arrayOf(inside(rest)).text}`);
    return single(`[${members.join(', ')}]`);
  }

  #printObject(schema: Schema, depth: number): TypeText {
    const inside = (part: unknown) => this.print(part, depth + 1, false);
    const properties = isSchema(schema.properties) ? schema.properties : {};
    const required = new Set(Array.isArray(schema.required) ? schema.required.map(String) : []);
    const names = new Set([...Object.keys(properties), ...required]);
    const others = this.#printOthers(schema, inside);
    if (names.size === 0) return others ? objectOf([`[key: string]: ${others.text}`]) : NO_MEMBERS;
    const members = [...names].map((name) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      const mark = required.has(name) ? '' : '?';
      const comment = isSchema(property) ? commentOf(wordsOf(property)) : '';
      return `${comment}${toKey(name)}${mark}: ${inside(property).text}`;
    });
    // Named members must fit the index, so beside them it says no more than that there may be others.
    if (others && isOpen(schema)) members.push('[key: string]: unknown');
    return objectOf(members);
  }

  /** The type of members without a name; undefined where there are none. */
  #printOthers(schema: Schema, inside: (part: unknown) => TypeText): TypeText | undefined {
    const { additionalProperties: additional, patternProperties: patterns } = schema;
    const types = isSchema(patterns) ? Object.values(patterns).map(inside) : [];
    if (additional === false && types.length === 0) return undefined;
    if (isSchema(additional)) types.push(inside(additional));
    else if (additional === true || types.length === 0) types.push(UNKNOWN);
    return unionOf(types);
  }
}

const NO_MEMBERS = single('{ [key: string]: never }');

function objectOf(members: readonly string[]): TypeText {
  const [only] = members;
  if (members.length === 1 && only === '[key: string]: unknown') return LOOSE_OBJECT;
  return single(`{\n${members.map((member) => `  ${indent(member)};`).join('\n')}\n}`);
}

/**
 * Members beyond the named ones are shown where the schema speaks of them. JSON Schema lets them pass
 * where it is silent, but whoever calls a function wants to hear of a mistyped name.
 */
function isOpen({ additionalProperties, patternProperties }: Schema): boolean {
  return (
    additionalProperties === true || isSchema(additionalProperties) || isSchema(patternProperties)
  );
}

function guessType(schema: Schema): string | undefined {
  const has = (...keys: readonly string[]) => keys.some((key) => Object.hasOwn(schema, key));
  if (has('properties', 'additionalProperties', 'patternProperties', 'required')) return 'object';
  return has('items', 'prefixItems') ? 'array' : undefined;
}

function wordsOf(schema: Schema): string[] {
  const { title, description, default: filled, deprecated } = schema;
  const words = [description ?? title].filter((text) => typeof text === 'string');
  if (filled !== undefined) words.push(`@default ${toShort(JSON.stringify(filled))}`);
  if (deprecated === true) words.push('@deprecated');
  return words;
}

function toShort(text: string): string {
  return text.length > MAX_DEFAULT_LENGTH ? `${text.slice(0, MAX_DEFAULT_LENGTH)}…` : text;
}
