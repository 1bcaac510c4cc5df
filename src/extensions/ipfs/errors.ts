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
  IPFS_EVICTIONS: {
    blame: 'guest',
    text: 'Cannot evict another peer for the application: it has evicted as many as one may',
  },
  IPFS_NETWORK_KEY: {
    blame: 'operator',
    text: 'Cannot use the key of the private network: ipfs.privateNetworkKey must name a libp2p swarm key',
  },
  IPFS_BUSY: {
    blame: 'guest',
    text: 'Cannot ask the IPFS node: the application has too many calls under way; wait for some of them',
  },
  IPFS_PEER: {
    blame: 'guest',
    text: 'Cannot use the name of the peer: it must be a peer id in base58, as 12D3KooW…',
  },
  IPFS_PARAMS: {
    blame: 'caller',
    text: 'Cannot answer the request: correct the listed parameters of the IPFS node',
  },
  IPFS_PIN_UNKNOWN: {
    blame: 'caller',
    text: 'Cannot remove the pin: this application has none with this CID; hermes pins shows those that there are',
  },
  IPFS_CALL: {
    blame: 'host',
    text: 'Cannot ask the IPFS node: it has no such method, which is a fault of Hermes itself',
  },
  IPFS_SILENT: {
    blame: 'host',
    text: 'Cannot hear from the IPFS node: its thread does not answer and is replaced',
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
