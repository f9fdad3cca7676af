/** By https, or from this very machine: on any other way anybody could change it. */
export function isSafeDownload({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') return true;
  return protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** An address for people: who signs in with what is left out. */
export function withoutPassword(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  const hasNobody = url.password === '' && (url.protocol === 'ssh:' || url.username === '');
  if (hasNobody && url.search === '') return address;
  // Private archives are often had by a token there.
  url.search = '';
  url.username = url.protocol === 'ssh:' ? url.username : '';
  url.password = '';
  return url.href;
}
