import { type CodedError, type ErrorDetail, failures } from '../lib/errors.ts';

export const errors = {
  USAGE: { blame: 'operator', text: 'Cannot run the command: it is used in another way' },
  ENV_INVALID: {
    blame: 'operator',
    text: 'Cannot use the environment: correct or unset the listed variables',
  },
  COMPONENT_FILE: {
    blame: 'operator',
    text: 'Cannot read the component: give the path of a .wasm file that is there and may be read, see cause',
  },
  CALL_EXPORT: {
    blame: 'operator',
    text: 'Cannot call the export: the component has no function of this name; choose one of those listed',
  },
  CALL_ARGUMENTS: {
    blame: 'operator',
    text: 'Cannot call the export: correct the listed arguments; each is one JSON value',
  },
  OUTPUT_FILE: {
    blame: 'operator',
    text: 'Cannot write the result: choose another place with --output, see cause',
  },
  WATCH_FAILED: {
    blame: 'operator',
    text: 'Cannot watch the folder: the operating system refuses; raise its limit of watched files or run without --watch, see cause',
  },
} as const;

export const fail: (code: keyof typeof errors, detail?: ErrorDetail, cause?: unknown) => CodedError =
  failures(errors);
