import { type CodedError, type ErrorDetail, failures } from '../lib/errors.ts';

export const errors = {
  APP_INVALID: { blame: 'operator', text: 'Cannot load the application: correct the listed faults' },
  APP_NOT_FOUND: {
    blame: 'operator',
    text: 'Cannot find the application: give a folder that holds application.json',
  },
  APP_READ: {
    blame: 'operator',
    text: 'Cannot read the application: the operating system refuses; check permissions and disk, see cause',
  },
  JSON_INVALID: { blame: 'operator', text: 'Cannot read JSON: correct it at the line and column given' },
} as const;

export const fail: (code: keyof typeof errors, detail?: ErrorDetail, cause?: unknown) => CodedError =
  failures(errors);
