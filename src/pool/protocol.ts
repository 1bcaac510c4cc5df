/**
 * Every message between the main thread and a worker. They travel in batches, packed as `packing.ts` says: what a turn
 * of the event loop brought, or several. What one side sends arrives in that order.
 *
 * @module
 */
import type { Component } from '../component/api.ts';
import type { EventRef } from '../engine/extension.ts';
import type { GuestLimits } from '../engine/guest-limits.ts';
import type { GuestSettings } from '../engine/settings.ts';
import type { WireThrown } from '../lib/wire.ts';
import type { LogFields, LogLevel } from '../telemetry/logger.ts';
import type { VfsRecipe } from '../vfs/vfs.ts';

/** What a worker is started with. */
export interface WorkerStart {
  /** Names of the extensions and the URLs of their guest halves. */
  readonly halves: readonly { readonly name: string; readonly guest: string }[];
  /** The memory of the thread's board. */
  readonly board: SharedArrayBuffer;
  /** The memory of a clock that a test moves; without it the worker has the machine's. */
  readonly clock: SharedArrayBuffer | undefined;
  /** Makes chance repeatable, for tests. */
  readonly seed: string | undefined;
  /** Pages of 64 KiB that all instances in the thread may have together. */
  readonly pages: number;
}

/** One module of an application, by the number under which its component is known to both sides. */
export interface WireModule {
  readonly id: string;
  readonly name: string;
  readonly component: number;
  readonly settings: GuestSettings | undefined;
}

/** A call, as the worker needs it. */
export interface WireCall {
  /** Never used twice in one thread. */
  readonly call: number;
  /** Its place on the board; free again when the worker has said how the call ended. */
  readonly slot: number;
  readonly load: number;
  readonly module: number;
  readonly event: EventRef & { readonly name: string };
  readonly counter: number;
  readonly args: readonly unknown[];
}

export type ToWorker =
  /** Link these modules; `components` are those that this worker does not have yet. Answered once. */
  | {
      readonly type: 'load';
      readonly load: number;
      readonly app: { readonly name: string; readonly version: string };
      readonly modules: readonly WireModule[];
      readonly components: readonly (readonly [number: number, component: Component])[];
      readonly files: VfsRecipe;
      /** Of each call. */
      readonly limits: GuestLimits;
    }
  /** None of its calls is under way any more. */
  | { readonly type: 'unload'; readonly load: number }
  /** Answered once, by `done`, `threw` or `declined`. */
  | ({ readonly type: 'call' } & WireCall)
  /** End this call if it is suspended; it answers `threw` then. Harmless when it is over. */
  | { readonly type: 'end'; readonly call: number; readonly reason: WireThrown }
  /** What a host function answered, and what it threw. Harmless when the call is over. */
  | { readonly type: 'answer'; readonly call: number; readonly ask: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly call: number; readonly ask: number; readonly thrown: WireThrown }
  /** Answered with a `pong` as soon as no guest runs. */
  | { readonly type: 'ping'; readonly ping: number };

export type FromWorker =
  /** The guest halves are bound; once. */
  | { readonly type: 'ready' }
  | { readonly type: 'loaded'; readonly load: number }
  /** What is wrong with which modules, or with the load as a whole. */
  | {
      readonly type: 'unloadable';
      readonly load: number;
      readonly faults: readonly { readonly module: string; readonly thrown: WireThrown }[];
    }
  | { readonly type: 'done'; readonly call: number; readonly value: unknown; readonly fuel: number }
  | { readonly type: 'threw'; readonly call: number; readonly thrown: WireThrown; readonly fuel: number }
  /**
   * Its guest was not entered, because the board said so, or because there is no memory for it as long as no other
   * call is over.
   */
  | { readonly type: 'declined'; readonly call: number; readonly full: boolean }
  /** A guest waits for the main half of an extension. `ask` numbers those of its call. */
  | {
      readonly type: 'ask';
      readonly call: number;
      readonly ask: number;
      readonly extension: string;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  /** A line of a guest; it leaves before the answer of the call that wrote it. */
  | {
      readonly type: 'line';
      readonly load: number;
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: LogFields;
      readonly thrown: WireThrown | undefined;
    }
  | { readonly type: 'pong'; readonly ping: number };
