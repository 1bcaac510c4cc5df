import { type CodedError, type ErrorDetail, failures } from '../lib/errors.ts';

export const errors = {
  WASI_EXIT: {
    blame: 'guest',
    text: 'The guest ended the call with exit, as TypeScript modules do when a handler throws: the log says why',
  },
  WASI_LIMIT: {
    blame: 'guest',
    text: 'Cannot give the guest as much as it asks for: ask for fewer bytes at once, or let go of what is not used',
  },
  WASI_POLL: { blame: 'guest', text: 'Cannot poll: the list of pollables is empty' },
} as const;

export const fail: (code: keyof typeof errors, detail?: ErrorDetail, cause?: unknown) => CodedError =
  failures(errors);
