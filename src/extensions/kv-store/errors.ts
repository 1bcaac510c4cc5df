export const errors = {
  LIMIT_KV: {
    blame: 'guest',
    text: 'Cannot write to the key-value store: a limit is reached; store less or ask the operator for more',
  },
  KV_OPEN: {
    blame: 'operator',
    text: 'Cannot open the key-value store: repair, restore or remove the file named here',
  },
  KV_STORAGE: {
    blame: 'host',
    text: 'Cannot use the key-value store: its file could not be read or written; see the cause',
  },
  KV_CLOSED: {
    blame: 'host',
    text: 'Cannot use the key-value store: the application is being unloaded',
  },
} as const;
