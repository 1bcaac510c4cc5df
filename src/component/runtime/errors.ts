/**
 * What can go wrong between a linked component and its host.
 *
 * @module
 */
import { type CodedError, type ErrorDetail, failures } from '../../lib/errors.ts';

export const errors = {
  CORE_INVALID: {
    blame: 'guest',
    text: 'Cannot compile component: one of its core modules is not valid; rebuild it with a current toolchain',
  },
  LINK: {
    blame: 'guest',
    text: 'Cannot link component: it imports what the host does not provide, or provides as another kind; see detail',
  },
  LINK_START: {
    blame: 'guest',
    text: 'Cannot instantiate component: it calls a suspending import while it starts; call it from an export',
  },
  EXPORT_MISSING: {
    blame: 'caller',
    text: 'Cannot call export: the component has none of this name; detail lists those it has',
  },
  VALUE_COUNT: { blame: 'caller', text: 'Cannot call export: it takes another number of arguments' },
  VALUE_TYPE: {
    blame: 'caller',
    text: 'Cannot pass value: it does not fit its WIT type; detail names the place and what was expected',
  },
  INSTANCE_ENDED: { blame: 'host', text: 'Cannot use instance: it was disposed; acquire another one' },
  RESOURCE_GONE: {
    blame: 'host',
    text: 'Cannot use resource: it was dropped, moved or lent, or its instance was disposed',
  },
  RESOURCE_SUSPENDS: {
    blame: 'host',
    text: 'Cannot dispose resource synchronously: its destructor may suspend; use [Symbol.asyncDispose]',
  },
  TRAP_GUEST: { blame: 'guest', text: 'Guest trapped: detail.reason says why' },
  TRAP_HOST: { blame: 'host', text: 'Guest was trapped: a host function failed; cause says how' },
  FUEL: {
    blame: 'guest',
    text: 'Guest was stopped: it computed more than one call may; do less in each, or raise the limit',
  },
  LIMIT_MEMORY: {
    blame: 'guest',
    text: 'Cannot instantiate component: its memories are larger from the start than the limit allows; make them smaller, or raise the limit',
  },
  CORE_UNMETERED: {
    blame: 'guest',
    text: 'Cannot compile component: one of its core modules uses what cannot be metered, see detail; build it for WebAssembly 3.0 or less, or allow it: pool.unmetered',
  },
  LIMIT_LIFT: {
    blame: 'guest',
    text: 'Guest was trapped: it passed more bytes or values in one call than the host allows; pass less at a time',
  },
  LIMIT_HANDLES: {
    blame: 'guest',
    text: 'Guest was trapped: it holds more handles than one call may; drop those that it does not use',
  },
  LIMIT_MEMORIES: {
    blame: 'guest',
    text: 'Cannot compile component: it has more memories than allowed; compose it of fewer parts',
  },
  LIMIT_TABLES: {
    blame: 'guest',
    text: 'Cannot compile component: its tables may have more entries than allowed; declare smaller ones, or maxima',
  },
  TRAP_POINTER: {
    blame: 'guest',
    text: 'Guest was trapped: it passed a pointer or length outside its memory',
  },
  TRAP_ALIGN: {
    blame: 'guest',
    text: 'Guest was trapped: it passed a pointer that is not aligned for its type',
  },
  TRAP_UTF8: {
    blame: 'guest',
    text: 'Guest was trapped: it passed a string that is not valid in its declared encoding',
  },
  TRAP_CHAR: {
    blame: 'guest',
    text: 'Guest was trapped: it passed a char that is not a Unicode scalar value',
  },
  TRAP_DISCRIMINANT: {
    blame: 'guest',
    text: 'Guest was trapped: it passed a variant, enum, option or result with an unknown case',
  },
  TRAP_HANDLE: {
    blame: 'guest',
    text: 'Guest was trapped: it used a handle that is not its own, of another type, borrowed or lent',
  },
  TRAP_LEAVE: {
    blame: 'guest',
    text: 'Guest was trapped: it called an import from within realloc or post-return',
  },
  TRAP_SUSPEND: {
    blame: 'guest',
    text: 'Guest was trapped: it called a suspending import on a path where it cannot be suspended',
  },
  TRAP_REENTER: {
    blame: 'host',
    text: 'Cannot enter component instance: it is running or suspended; wait for its call to end',
  },
  TRAP_BORROW: { blame: 'guest', text: 'Guest was trapped: it returned without dropping a borrowed handle' },
} as const;

export type Code = keyof typeof errors;

/** Makes the errors of the component runtime. */
export const fail: (code: Code, detail?: ErrorDetail, cause?: unknown) => CodedError = failures(errors);

/**
 * A rule that a guest broke, thrown by lifts and lowers on their way to the trampoline or export that knows
 * where they were. Not an `Error`: it never leaves the runtime and needs no stack.
 */
export class Violation {
  readonly code: Code;
  readonly detail: ErrorDetail;
  constructor(code: Code, detail: ErrorDetail = {}) {
    this.code = code;
    this.detail = detail;
  }
}
