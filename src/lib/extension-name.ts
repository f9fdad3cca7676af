/** A folder on every disk, a word on every command line, a part of a path in the API. */
const NAME = /^[a-z][a-z0-9_-]{0,62}$/;
/** Devices of Windows, which no folder may be called there. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/** What is wrong with a name for an extension, or undefined. */
export function findNameFault(name: string): string | undefined {
  if (!NAME.test(name))
    return 'use small letters, digits, - and _, beginning with a letter, 63 at most';
  if (DEVICE.test(name)) return 'Windows has a device of this name';
  // Names of other things in the folder, or in the paths of the API.
  if (name === 'node_modules') return 'packages are installed under this name';
  return undefined;
}
