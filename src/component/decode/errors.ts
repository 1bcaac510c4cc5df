/**
 * What can be wrong with the bytes of a component. `detail.what` says what was found, `detail.offset` where.
 *
 * @module
 */
import { type CodedError, failures } from '../../lib/errors.ts';

export const errors = {
  COMPONENT_NOT_WASM: {
    blame: 'guest',
    text: 'Cannot read component: these bytes are not WebAssembly; give the .wasm file that a component tool wrote',
  },
  COMPONENT_CORE_MODULE: {
    blame: 'guest',
    text: 'Cannot read component: this is a core module; make a component of it with `wasm-tools component new`',
  },
  COMPONENT_MALFORMED: {
    blame: 'guest',
    text: 'Cannot read component: its bytes break the binary format; fetch it again, or build it again with a current tool',
  },
  COMPONENT_INVALID: {
    blame: 'guest',
    text: 'Cannot accept component: it is put together against the rules; check how its parts were built and composed',
  },
  COMPONENT_UNSUPPORTED: {
    blame: 'guest',
    text: 'Cannot accept component: it uses a feature that is not supported; build it for WASI 0.2 without that feature',
  },
  COMPONENT_LIMIT: {
    blame: 'guest',
    text: 'Cannot accept component: it is larger or deeper than a component may be; split it or compose it of fewer parts',
  },
} as const;

const fail = failures(errors);

/** Bytes that no component can have. `offset` counts from the start of the file. */
export function malformed(what: string, offset: number): CodedError {
  return fail('COMPONENT_MALFORMED', { what, offset });
}

/** Well-formed, but a rule of validation is broken. */
export function invalid(what: string, offset: number): CodedError {
  return fail('COMPONENT_INVALID', { what, offset });
}

/** A feature of the component model that this runtime refuses. */
export function unsupported(feature: string, offset: number): CodedError {
  return fail('COMPONENT_UNSUPPORTED', { feature, offset });
}

/** A bound was reached; see `limits.ts`. */
export function limit(what: string, bound: number): CodedError {
  return fail('COMPONENT_LIMIT', { what, bound });
}

/** Not a component at all. */
export function foreign(code: 'COMPONENT_NOT_WASM' | 'COMPONENT_CORE_MODULE'): CodedError {
  return fail(code);
}
