/**
 * What the thread of the node is made of: one node, and parts that each answer some of the calls of the main thread.
 * A part is a folder of its own (`topics`, `records`, `files`) and knows no other.
 *
 * @module
 */
import type { Clock } from '../../../engine/extension.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import type { IpfsNode } from './compose.ts';
import type { DenyList } from './deny-list.ts';

/** What every part is given. */
export interface Surroundings {
  readonly node: IpfsNode;
  /** Peers that this engine does not speak to, and those that single applications do not hear. */
  readonly deny: DenyList;
  readonly clock: Clock;
  readonly log: Logger;
  /** Adds to a counter of the engine's metrics; its name without `hermes_ipfs_`. */
  readonly count: (name: string, labels?: Readonly<Record<string, string>>, by?: number) => void;
  /** Tells the main thread something it did not ask for. Batched; `moved` are bytes in it that nothing here uses again. */
  readonly tell: (news: News, moved?: readonly Uint8Array[]) => void;
  /** Aborts when the node stops. */
  readonly signal: AbortSignal;
}

/** What the main thread hears unasked: the part's name, a kind, and plain data. */
export interface News {
  readonly part: string;
  readonly kind: string;
  readonly [key: string]: unknown;
}

/** One call of the main thread. `signal` aborts when its event has ended, its deadline has passed or the node stops. */
export interface NodeCall {
  readonly signal: AbortSignal;
  /** Name of the application, `undefined` when the engine itself asks. */
  readonly app: string | undefined;
}

/** An answer whose bytes move to the main thread instead of being copied: nothing here may use them any more. */
export class HandedOver {
  readonly value: unknown;
  readonly bytes: readonly Uint8Array<ArrayBuffer>[];
  constructor(value: unknown, bytes: readonly Uint8Array<ArrayBuffer>[]) {
    this.value = value;
    this.bytes = bytes;
  }
}

/**
 * Makes an answer of a method whose large byte strings move, as `handOver(file, [file])`. They must be all of their
 * buffers, and nobody else's.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const file = new Uint8Array(8);
 * assert.deepEqual(handOver({ file }, [file]).value, { file });
 * ```
 */
export function handOver(value: unknown, bytes: readonly Uint8Array<ArrayBuffer>[]): HandedOver {
  return new HandedOver(value, bytes);
}

/**
 * A method takes plain data and answers plain data (or {@link handOver}); what it throws arrives as a `CodedError`.
 */
// biome-ignore lint/suspicious/noExplicitAny: each part types its own calls, and its half in the main thread uses these types
export type NodeMethod = (call: NodeCall, ...args: any[]) => unknown;

/** A part of the node. Its disposal leaves nothing running; the node stops after it. */
export interface NodePart extends AsyncDisposable {
  readonly name: string;
  /** Keyed by method; the main thread calls `part.method`. */
  readonly calls: Readonly<Record<string, NodeMethod>>;
}

/** Makes a part once the node runs. What must be given to libp2p before that is in `hooks` of the part's folder. */
export type CreatePart = (surroundings: Surroundings) => Promise<NodePart>;
