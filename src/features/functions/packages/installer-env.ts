/** What a package manager needs to know of the machine, its proxy, its registry and its certificates. */
const NEEDED = new Set([
  'PATH',
  'HOME',
  'TMPDIR',
  'TMP',
  'TEMP',
  'LANG',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  // The two names that tokens of a registry have in .npmrc files.
  'NPM_TOKEN',
  'NODE_AUTH_TOKEN',
  // Packages from git.
  'SSH_AUTH_SOCK',
  'BUN_INSTALL',
  'BUN_INSTALL_CACHE_DIR',
  // Windows.
  'SYSTEMROOT',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'PATHEXT',
  'COMSPEC',
]);
const NEEDED_PREFIX = /^(npm_config|bun_config)_/i;

/** The environment of the installer: nothing of what the server or the functions know besides. */
export function installerEnv(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && (NEEDED.has(name.toUpperCase()) || NEEDED_PREFIX.test(name)))
      kept[name] = value;
  return {
    ...kept,
    // The binary is the package manager as well; from source it is Bun already.
    BUN_BE_BUN: '1',
    // An installer whose server was killed would go on beside the next one.
    BUN_FEATURE_FLAG_NO_ORPHANS: '1',
    NO_COLOR: '1',
  };
}
