/** What goes wrong with files and pins; what a module is told is an `errno` of the WIT. */
export const errors = {
  IPFS_PATH_INVALID: {
    blame: 'guest',
    text: 'Cannot read the path: write a CID, or /ipfs/ and a CID, and then names separated by single slashes',
  },
  IPFS_CID_INVALID: {
    blame: 'guest',
    text: 'Cannot read the CID: write version 0 or 1 of one whose hash is SHA-256, or identity of at most 128 bytes',
  },
  IPFS_NAME_UNKNOWN: {
    blame: 'guest',
    text: 'Cannot find the file: a name in the path is not in its folder',
  },
  IPFS_KIND: {
    blame: 'guest',
    text: 'Cannot use what is at this path: it is a folder where a file is needed, a file where a folder is, or neither',
  },
  IPFS_TOO_LARGE: {
    blame: 'guest',
    text: 'Cannot take this much at once: use less, or ask the operator for a higher limit',
  },
  IPFS_CONTENT: {
    blame: 'caller',
    text: 'Cannot use the content: its blocks are malformed or say untrue things about each other',
  },
  IPFS_CROWDED: {
    blame: 'host',
    text: 'Cannot look at so many blocks just now: all that is being read and pinned together takes too much memory, and this the most; try again later',
  },
  IPFS_QUOTA: {
    blame: 'guest',
    text: 'Cannot keep more for this application: unpin something, or ask the operator for a higher quota',
  },
  IPFS_STORE_FULL: {
    blame: 'operator',
    text: 'Cannot store more blocks: what is pinned fills the store; unpin something or allow more bytes',
  },
  IPFS_NO_APP: {
    blame: 'host',
    text: 'Cannot pin for nobody: this call must name the application that it is for',
  },
} as const;
