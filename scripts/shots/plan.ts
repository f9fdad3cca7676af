import type { Page } from 'playwright-core';
import { layersOn } from '../../test/browser/layers.ts';
import { GATES, type Places, type Visit, visits } from '../../test/browser/pages.ts';

/** One thing to take a picture of. */
export interface Shot {
  /** The route of admin/src/router.ts that it shows. */
  readonly route: string;
  readonly name: string;
  readonly path: string;
  readonly title: string;
  readonly server: Visit['server'];
  /** Whose window it is: the gates are for people who are not signed in. */
  readonly isSignedIn: boolean;
  readonly has: 'nothing' | 'data';
  /** Opens what stands over the page. */
  readonly open?: (page: Page) => Promise<void>;
}

const UUID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;

/** Every page with data and without, what opens over them, and the pages before signing in. */
export function planShots(places: Places, device: 'desk' | 'phone'): readonly Shot[] {
  const pages = (['data', 'nothing'] as const).flatMap((has) =>
    visits(has, places).map(
      (visit): Shot => ({ ...visit, name: nameOf(visit.path), isSignedIn: true, has }),
    ),
  );
  const gates = Object.entries(GATES).flatMap(([route, titled]) =>
    titled.map(([path, title]): Shot => {
      const name = `gate ${nameOf(path)}`;
      return { route, name, path, title, server: 'bare', isSignedIn: false, has: 'nothing' };
    }),
  );
  const layers = layersOn(device).map(
    ({ name, path, title, open }): Shot => ({
      route: path,
      name: `layer ${name}`,
      path,
      title,
      server: 'full',
      isSignedIn: true,
      has: 'data',
      open,
    }),
  );
  return [...pages, ...gates, ...layers];
}

function nameOf(path: string): string {
  const name = decodeURIComponent(path).replaceAll(UUID, 'one').slice(1);
  return name === '' ? 'overview' : name;
}

/** What it is called in the folder: the same for every look. */
export function fileOf(shot: Shot): string {
  const words = `${shot.name} ${shot.isSignedIn ? shot.server : ''}`.trim();
  return words.replaceAll(/[^\w-]+/g, '-').replaceAll(/^-|-$/g, '');
}
