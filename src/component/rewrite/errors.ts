/**
 * Why a core module cannot be rewritten.
 *
 * @module
 */
import { type CodedError, failures } from '../../lib/errors.ts';

export const errors = {
  CORE_MALFORMED: {
    blame: 'guest',
    text: 'Cannot rewrite core module: it is not valid WebAssembly; detail.what says why, rebuild it',
  },
  CORE_RESERVED: {
    blame: 'guest',
    text: 'Cannot rewrite core module: a name in it starts with `$hermes/`, which is ours; rename it',
  },
  CORE_UNSUPPORTED: {
    blame: 'guest',
    text: 'Cannot rewrite core module: it uses what cannot be metered; detail.what names it, build without it',
  },
} as const;

const fail = failures(errors);

/** V8 refuses it. */
export function malformed(what: string, cause: unknown): CodedError {
  return fail('CORE_MALFORMED', { what }, cause);
}

/** It uses a name that only we may give. */
export function reserved(name: string): CodedError {
  return fail('CORE_RESERVED', { name });
}

/** V8 accepts it, but it is nothing that we know. `what` is a sentence without its period. */
export function unsupported(what: string, offset: number): CodedError {
  return fail('CORE_UNSUPPORTED', { what, offset });
}
