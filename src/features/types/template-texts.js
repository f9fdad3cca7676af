// JavaScript, because TypeScript would read these files as code instead of as text.

import sdk from '../../../functions-template/tinybase.d.ts' with { type: 'text' };
import tsconfig from '../../../functions-template/tsconfig.json' with { type: 'text' };
import client from './client-template.ts' with { type: 'text' };

export const CLIENT_TEXT = client;
export const SDK_TEXT = sdk;
export const TSCONFIG_TEXT = tsconfig;
