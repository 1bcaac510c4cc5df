import { type CodedError, type ErrorDetail, failures } from '../lib/errors.ts';

/** Codes of the queue, of the start of extensions, and of the life of applications. */
export const errors = {
  QUEUE_FULL: {
    blame: 'host',
    text: 'Cannot queue event: too many wait already; try again when some have been handled',
  },
  APP_GONE: {
    blame: 'caller',
    text: 'Cannot queue event: the application is not loaded, or it is stopping; load it, or come again when it is back',
  },
  CAUSE_DEPTH: {
    blame: 'guest',
    text: 'Cannot queue event: events cause each other in too long a chain; break the loop in the modules',
  },
  STOPPING: {
    blame: 'host',
    text: 'Cannot load application: the engine is stopping; start it anew',
  },
  EXTENSION_MISSING: {
    blame: 'operator',
    text: 'Cannot start extension: one that it needs is not installed; add it to the list or leave this one out',
  },
  EXTENSION_CYCLE: {
    blame: 'host',
    text: 'Cannot start extension: it needs itself, in the end; break the circle in "needs"',
  },
  EXTENSION_TWICE: {
    blame: 'host',
    text: 'Cannot start extension: two have this name; leave one of them out',
  },
  APP_NAME: {
    blame: 'operator',
    text: 'Cannot load application: names are 1 to 63 of a-z, 0-9 and inner hyphens; rename what is listed',
  },
  APP_EXISTS: {
    blame: 'operator',
    text: 'Cannot load application: one of this name is loaded; unload that one or rename this one',
  },
  MODULE_INVALID: {
    blame: 'guest',
    text: 'Cannot load application: some of its modules are no components that this engine runs; see the list',
  },
  IMPORTS_MISSING: {
    blame: 'guest',
    text: 'Cannot load application: its modules import what no extension offers; see the list',
  },
  REMOTE_UNKNOWN: {
    blame: 'host',
    text: 'Cannot make host call: its extension has no such method',
  },
  HOME_LOCKED: {
    blame: 'operator',
    text: 'Cannot use the data folder: another engine runs in it; stop that one or choose another folder with --home',
  },
  HOME_UNUSABLE: {
    blame: 'operator',
    text: 'Cannot use the data folder: it must be a folder that this user may write; choose another one with --home',
  },
  ENGINE_DISPOSED: {
    blame: 'operator',
    text: 'Ended what was under way: the engine was stopped',
  },
  APP_UNLOADED: {
    blame: 'operator',
    text: 'Ended what was under way: the application was unloaded',
  },
} as const;

/** Makes an error of the engine's own table. */
export const fail: (code: keyof typeof errors, detail?: ErrorDetail, cause?: unknown) => CodedError =
  failures(errors);
