/**
 * What the engine needs of whatever runs guests: in this thread, or in others. Everything is asynchronous, and
 * everything but files, logs and answers is plain data.
 *
 * @module
 */
import type { CodedError } from '../lib/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Vfs } from '../vfs/vfs.ts';
import type { Caller, EventRef } from './extension.ts';
import type { GuestLimits } from './guest-limits.ts';
import type { GuestSettings } from './settings.ts';

/** One component to be run, under the identity of this load. */
export interface PoolModule {
  readonly name: string;
  /** ULID of this load. */
  readonly id: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What it is told; without it its name and that of its application. */
  readonly settings?: GuestSettings;
}

/** A host call that reached the main thread. May answer a value or a promise; may throw. */
export type AnswerRemote = (
  extension: string,
  method: string,
  caller: Caller,
  args: readonly unknown[],
) => unknown;

export interface PoolLoad {
  readonly app: { readonly name: string; readonly version: string };
  /** In manifest order. */
  readonly modules: readonly PoolModule[];
  readonly vfs: Vfs;
  /** For the lines of the guests. */
  readonly log: Logger;
  readonly answer: AnswerRemote;
  /** What each of its calls may take; the defaults unless given. */
  readonly limits?: Partial<GuestLimits>;
  /** Hears what a call has computed, by index of its module, before the call settles. */
  readonly spent?: (module: number, fuel: number) => void;
  /** Hears that the application does harm and must not go on: it is to be unloaded. */
  readonly stop?: (reason: CodedError) => void;
}

/** One call of one export. */
export interface GuestRequest {
  /** Index into the modules of the load. */
  readonly module: number;
  readonly event: EventRef & { readonly name: string };
  /** How many calls this module has had since it was loaded. */
  readonly counter: number;
  readonly args: readonly unknown[];
}

/** The modules of one application, compiled and linked. */
export interface PooledApp extends AsyncDisposable {
  /** Names of the function exports of each module. */
  readonly exports: readonly ReadonlySet<string>[];
  /** Names of the interfaces that each module imports, without their version. */
  readonly imports: readonly ReadonlySet<string>[];
  /**
   * Calls an export in an instance of its own, which is gone when the promise settles. Waits while all places
   * are taken. Rejects when the guest traps or is ended.
   */
  call(request: GuestRequest): Promise<unknown>;
  /** Ends every call, waiting, running or suspended, and each later one: they reject. */
  end(reason: CodedError): void;
}

/** Runs guests. Events run side by side; no two calls share an instance. */
export interface Pool extends AsyncDisposable {
  /** Calls that may be in guests at the same time; more of them wait. */
  readonly concurrency: number;
  /**
   * Compiles and links. Rejects with `MODULE_INVALID` or `IMPORTS_MISSING`, naming the faults of all modules.
   */
  load(load: PoolLoad): Promise<PooledApp>;
}
