import { type CodedError, type ErrorDetail, failures } from '../lib/errors.ts';

/** Codes of calls that were ended, of lost worker threads, and of what cannot cross to one. */
export const errors = {
  DEADLINE: {
    blame: 'guest',
    text: 'Ended the call: it took longer than its limit; do less in one event, or raise limits.wallClockMs',
  },
  WORKER_LOST: {
    blame: 'host',
    text: 'Lost the call: the thread that ran it ended; send the event again if that does no harm',
  },
  WORKER_START: {
    blame: 'host',
    text: 'Cannot start worker thread: it ended before it was ready; cause says how',
  },
  WORKER_TWICE: {
    blame: 'guest',
    text: 'Stopped the application: it cost a worker thread twice in ten minutes; mend it, then load it again',
  },
  CANNOT_CROSS: {
    blame: 'host',
    text: 'Cannot pass value to another thread: only plain data can cross; cause names what cannot',
  },
  FILES_STAY: {
    blame: 'host',
    text: 'Cannot load application into worker threads: its file tree cannot be described to them; use the inline pool',
  },
} as const;

/** Makes an error of the pools' own table. */
export const fail: (code: keyof typeof errors, detail?: ErrorDetail, cause?: unknown) => CodedError =
  failures(errors);
