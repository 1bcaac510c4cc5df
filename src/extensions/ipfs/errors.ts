/** What goes wrong around the node; what a module is told is an `errno` of the WIT. */
export const errors = {
  IPFS_IDENTITY: {
    blame: 'operator',
    text: 'Cannot use the key of the IPFS node: restore the file, or remove it to be known under another name',
  },
  IPFS_SIGNING_KEY: {
    blame: 'operator',
    text: 'Cannot use the signing key of the application: the file must hold an Ed25519 key as PEM (PKCS #8)',
  },
  IPFS_PERMISSIONS: {
    blame: 'operator',
    text: 'Cannot use the permissions of the application: correct "ipfs" in its permissions.json, or in the configuration',
  },
  IPFS_UNAVAILABLE: {
    blame: 'host',
    text: 'Cannot ask the IPFS node: it does not run just now; the log says why, try again later',
  },
  IPFS_TIMEOUT: {
    blame: 'host',
    text: 'Cannot wait longer for the IPFS node: the call has passed its deadline',
  },
} as const;
