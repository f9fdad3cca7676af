import { basename, extname, relative } from 'node:path';
import { type Actor, isAdmin } from '../../core/actor.ts';
import { AppError } from '../../core/errors.ts';
import type { OpenApiPart } from '../../core/open-api-part.ts';
import { loadRegularFile } from '../../core/regular-file.ts';
import { cutPage, type PageWindow } from '../../lib/page.ts';
import type { FunctionDefinition } from '../../protocol/messages.ts';
import type { FunctionLoader, PlacedFunction } from './loader.ts';
import { describeFunctions } from './openapi.ts';
import type {
  AdminFunction,
  AdminFunctionPage,
  FunctionInfo,
  FunctionPage,
  FunctionSource,
  LoadError,
} from './schema.ts';

/** More than that nobody reads in an admin app. */
const MAX_SOURCE_BYTES = 4 * 1024 * 1024;

export interface CatalogDeps {
  readonly loader: Pick<FunctionLoader, 'functions' | 'errors'>;
  /** Paths are shown relative to this folder. */
  readonly root: string;
}

/** Which functions there are: for whoever may call them, and for admins. */
export function createCatalog({ loader, root }: CatalogDeps) {
  function find(name: string): PlacedFunction {
    const placed = loader.functions.get(name);
    if (!placed) throw new AppError('not_found', `There is no function ${name}.`);
    return placed;
  }

  function visibleTo(actor: Actor): readonly FunctionInfo[] {
    return [...loader.functions.values()]
      .filter(({ definition }) => mayCall(actor, definition))
      .map(({ definition }) => toInfo(definition));
  }

  function toShownPath(file: string): string {
    const path = relative(root, file);
    return path.startsWith('..') ? file : path;
  }

  const toShownError = (error: LoadError): LoadError => ({
    ...error,
    file: toShownPath(error.file),
  });

  function toAdminFunction({ definition, loadedAt, isCurrent }: PlacedFunction): AdminFunction {
    const file = basename(definition.file);
    return {
      ...toInfo(definition),
      module: file.slice(0, -extname(file).length),
      file_path: toShownPath(definition.file),
      last_loaded_at: loadedAt,
      is_current: isCurrent,
    };
  }

  return {
    /** Throws when there is none. */
    find,
    /** What an OpenAPI document says of the functions that this caller may call. */
    openApi: (actor: Actor, takenNames: Iterable<string>): OpenApiPart =>
      describeFunctions(visibleTo(actor), takenNames),

    /** What this caller may call, by name. */
    list(actor: Actor, window: PageWindow): FunctionPage {
      return cutPage(visibleTo(actor), window);
    },
    schema(actor: Actor, name: string): FunctionInfo {
      const { definition } = find(name);
      checkAccess(actor, definition);
      return toInfo(definition);
    },

    adminList(window: PageWindow): AdminFunctionPage {
      const all = [...loader.functions.values()].map(toAdminFunction);
      return { ...cutPage(all, window), load_errors: loader.errors.map(toShownError) };
    },
    loadErrors: (): LoadError[] => loader.errors.map(toShownError),
    async source(name: string): Promise<FunctionSource> {
      const { definition } = find(name);
      try {
        const source = await loadRegularFile(definition.file, MAX_SOURCE_BYTES);
        return { file_path: toShownPath(definition.file), source: source.toString('utf8') };
      } catch (error) {
        const path = toShownPath(definition.file);
        throw new AppError('not_found', `${path} cannot be read any more.`, { cause: error });
      }
    },
  };
}

function mayCall(actor: Actor, { auth }: FunctionDefinition): boolean {
  switch (auth) {
    case 'public':
      return true;
    case 'auth':
      return actor.kind !== 'anonymous';
    case 'admin':
      return isAdmin(actor);
    default:
      return auth satisfies never;
  }
}

export function checkAccess(actor: Actor, definition: FunctionDefinition): void {
  if (mayCall(actor, definition)) return;
  if (actor.kind === 'anonymous')
    throw new AppError('unauthenticated', `Sign in to call ${definition.name}.`);
  throw new AppError('forbidden', `Only an admin may call ${definition.name}.`);
}

function toInfo({ file: _file, tags, ...info }: FunctionDefinition): FunctionInfo {
  return { ...info, tags: [...tags] };
}
