// Writes functions-template/tinybase.d.ts from src/sdk; scripts/generate-docs.ts does it among the rest.
// Usage: bun scripts/generate-sdk-types.ts
import { writeFileSync } from 'node:fs';
import { renderSdkTypes } from './docs/sdk-types.ts';
import { inRoot } from './support/paths.ts';

writeFileSync(inRoot('functions-template', 'tinybase.d.ts'), await renderSdkTypes());
