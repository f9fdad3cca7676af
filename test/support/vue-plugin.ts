// Lets a test import the components of the admin app; dom.ts brings it.
import { readFileSync } from 'node:fs';
import { plugin } from 'bun';
import { compileScript, parse } from 'vue/compiler-sfc';

plugin({
  name: 'vue',
  setup(build) {
    build.onLoad({ filter: /\.vue$/ }, ({ path }) => {
      const { descriptor, errors } = parse(readFileSync(path, 'utf8'), { filename: path });
      const [error] = errors;
      if (error !== undefined) throw error;
      const { content } = compileScript(descriptor, { id: path, inlineTemplate: true });
      return { contents: content, loader: 'ts' };
    });
  },
});
