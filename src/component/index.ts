/**
 * Runs WebAssembly components: `compile` checks a binary, a linker binds what it imports once, and the linked
 * component gives instances.
 *
 * @module
 */
export type {
  CallLimits,
  Component,
  ExportInfo,
  HostFunction,
  HostInterface,
  HostResource,
  ImportInfo,
  Instance,
  InstancePre,
  LiftLimits,
  Linker,
} from './api.ts';
export { Suspending } from './api.ts';
export { errors as decodeErrors } from './decode/errors.ts';
export { type CompileOptions, compile } from './runtime/component.ts';
export { errors as runtimeErrors } from './runtime/errors.ts';
export { GuestResource } from './runtime/guest-resource.ts';
export { createIdle, type Idle, type IdleBounds, type Shelf } from './runtime/idle.ts';
export { createLinker, type LinkerOptions } from './runtime/linker.ts';
export type { CaseType, FuncType, NamedType, PrimitiveKind, StringEncoding, ValType } from './types.ts';
