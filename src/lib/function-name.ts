/** What a function may be called. */
export const FUNCTION_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/;

/** Words that stand at this place in the paths of the API. */
export const TAKEN_FUNCTION_NAMES: readonly string[] = [
  'calls',
  'metrics',
  'deploy',
  'deployments',
];
