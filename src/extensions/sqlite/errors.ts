export const errors = {
  SQLITE_START: {
    blame: 'host',
    text: 'Cannot start a process for the database: see the cause; the machine may be out of memory or processes',
  },
  SQLITE_LOST: {
    blame: 'host',
    text: 'Cannot go on with the database: its process ended, and what was not committed is rolled back',
  },
  SQLITE_MEMORY: {
    blame: 'guest',
    text: 'Cannot go on with the database: a statement needed more memory than there is; sort or group fewer rows',
  },
  SQLITE_BROKEN: {
    blame: 'host',
    text: 'Cannot use the database: its process did not understand the request; report what is said here',
  },
  SQLITE_CLOSED: {
    blame: 'host',
    text: 'Cannot use the database: the application is being unloaded',
  },
} as const;
