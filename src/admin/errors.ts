import { type CodedError, type ErrorDetail, failures } from '../lib/errors.ts';

export const errors = {
  ADMIN_SOCKET: {
    blame: 'operator',
    text: 'Cannot open the admin socket: the data folder must be on a file system that has sockets and links; choose another one with --home, see cause',
  },
  ADMIN_LINE: {
    blame: 'caller',
    text: 'Cannot answer the request: its line is longer than a request may be; send one JSON object per line',
  },
  ADMIN_REQUEST: {
    blame: 'caller',
    text: 'Cannot answer the request: a line must be one JSON object such as {"id":1,"method":"status"}, "params" an object',
  },
  ADMIN_METHOD: {
    blame: 'caller',
    text: 'Cannot answer the request: this engine has no such method; see detail',
  },
  ADMIN_PARAMS: {
    blame: 'caller',
    text: 'Cannot answer the request: correct the listed parameters',
  },
  APP_UNKNOWN: {
    blame: 'caller',
    text: 'Cannot do that: no application of this name is loaded; hermes status names those that are, see detail',
  },
  APP_NO_FOLDER: {
    blame: 'caller',
    text: 'Cannot reload the application: it was not loaded from a folder, so there is nothing to read anew; start it again',
  },
  APP_RENAMED: {
    blame: 'operator',
    text: 'Cannot reload the application: its folder names it otherwise now; load the folder and unload the old name',
  },
  ADMIN_BUSY: {
    blame: 'caller',
    text: 'Cannot answer the request: too many connections are open; close some and try again',
  },
  ADMIN_FAILED: {
    blame: 'host',
    text: 'Cannot answer the request: the engine itself failed; see cause and report it',
  },
  METRICS_PORT_IN_USE: {
    blame: 'operator',
    text: 'Cannot serve metrics: another process uses the port; stop that process or choose another port with --metrics',
  },
  METRICS_LISTEN: {
    blame: 'operator',
    text: 'Cannot serve metrics: the operating system refuses the address; choose another one with --metrics, see cause',
  },
  ENGINE_NOT_RUNNING: {
    blame: 'operator',
    text: 'Cannot ask the engine: none runs in this data folder; start one with hermes run, or name another folder with --home',
  },
  ENGINE_UNREACHABLE: {
    blame: 'operator',
    text: 'Cannot ask the engine: its socket cannot be used; be the user that runs the engine, see cause',
  },
  ENGINE_SILENT: {
    blame: 'host',
    text: 'Cannot ask the engine: it did not answer in time; it may be busy, so try again, else stop it by its process id',
  },
  ENGINE_ANSWER: {
    blame: 'host',
    text: 'Cannot understand the engine: it answered something else; it may be of another version, so use the hermes that runs it',
  },
} as const;

export const fail: (code: keyof typeof errors, detail?: ErrorDetail, cause?: unknown) => CodedError =
  failures(errors);
