// JavaScript, because TypeScript would read these files as code instead of as text.
import addNumbers from '../../functions-template/add_numbers.ts' with { type: 'text' };
import gitignore from '../../functions-template/gitignore' with { type: 'text' };
import packageFile from '../../functions-template/package.json' with { type: 'text' };
import types from '../../functions-template/tinybase.d.ts' with { type: 'text' };
import tsconfig from '../../functions-template/tsconfig.json' with { type: 'text' };

export const FUNCTIONS_FILES = {
  'package.json': packageFile,
  'tsconfig.json': tsconfig,
  'tinybase.d.ts': types,
};
export const EXAMPLE_FUNCTION = { name: 'add_numbers.ts', text: addNumbers };
export const GITIGNORE = gitignore;
