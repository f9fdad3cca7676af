import { AppError } from '../core/errors.ts';
import { findNearest } from '../lib/nearest.ts';
import type { AppOpener } from './open-app.ts';
import type { Project } from './settings.ts';

export interface GivenName {
  readonly kind: 'collection' | 'account' | 'revision';
  /** Undefined when none was given. */
  readonly name: string | undefined;
}

/** Does something with what was named; where there is no such thing, the error says what was probably meant. */
export async function suggestingNames<T>(
  { opener, project }: { readonly opener: AppOpener; readonly project: Project },
  given: readonly GivenName[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
    const meant = given.find(({ name }) => name !== undefined && error.message.includes(name));
    if (meant?.name === undefined) throw error;
    const names = await opener
      .openFacts(project)
      .then((facts) => facts.names(meant.kind))
      .catch(() => []);
    const nearest = findNearest(meant.name, names);
    if (nearest === undefined) throw error;
    throw new AppError('not_found', `${error.message} Did you mean ${nearest}?`, { cause: error });
  }
}
