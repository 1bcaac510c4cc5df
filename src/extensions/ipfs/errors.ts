/** What goes wrong around the node; what a module is told is an `errno` of the WIT. */
export const errors = {
  IPFS_IDENTITY: {
    blame: 'operator',
    text: 'Cannot use the key of the IPFS node: restore the file, or remove it to be known under another name',
  },
} as const;
