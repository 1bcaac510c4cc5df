export const errors = {
  IPFS_SIGNING_KEY: {
    blame: 'operator',
    text: 'Cannot use the key of the application: its file must hold an Ed25519 private key as PKCS #8 PEM',
  },
} as const;
