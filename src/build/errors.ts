import { type CodedError, type ErrorDetail, failures } from '../lib/errors.ts';

export const errors = {
  BUILD_FAILED: { blame: 'guest', text: 'Cannot build the module: correct the listed faults' },
  BUILD_NO_HANDLER: {
    blame: 'guest',
    text: 'Cannot build the module: nothing calls it; export at least one of the listed handlers',
  },
  BUILD_NO_SOURCE: {
    blame: 'operator',
    text: 'Cannot build the module: its folder must be there and hold src/index.ts or src/main.c',
  },
  BUILD_READ: {
    blame: 'operator',
    text: 'Cannot build the module: the operating system refuses; check the folder and its permissions, see cause',
  },
  BUILD_TOOL: {
    blame: 'host',
    text: 'Cannot build the module: a build tool failed in a way that is not the fault of the source; see cause',
  },
} as const;

export const fail: (code: keyof typeof errors, detail?: ErrorDetail, cause?: unknown) => CodedError =
  failures(errors);
