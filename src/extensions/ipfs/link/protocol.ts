/**
 * What the main thread and the node's thread say to each other: plain data, in batches.
 *
 * @module
 */
import type { WireThrown } from '../../../lib/wire.ts';
import type { LogFields, LogLevel } from '../../../telemetry/logger.ts';
import type { IpfsConfig } from '../config.ts';
import type { News } from '../node/part.ts';

/** What the thread is started with. */
export interface ThreadStart {
  /** The node's own folder, which is there. */
  readonly folder: string;
  readonly config: IpfsConfig;
  /** Where the engine's time is read when it is not the machine's. */
  readonly clock: SharedArrayBuffer | undefined;
}

export type ToNode =
  | {
      readonly type: 'call';
      readonly id: number;
      readonly app: string | undefined;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  /** Nobody waits for this call any more. */
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'ping'; readonly ping: number }
  /** To end what is under way and to close its files; the thread ends by itself then. */
  | { readonly type: 'stop' };

export type FromNode =
  /** It runs: calls may come. */
  | { readonly type: 'ready'; readonly peer: string; readonly addresses: readonly string[] }
  /** It cannot start, and ends. */
  | { readonly type: 'failed'; readonly error: WireThrown }
  /** Told to stop, it has: nothing follows. */
  | { readonly type: 'stopped' }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly error: WireThrown }
  | { readonly type: 'news'; readonly news: News }
  | {
      readonly type: 'count';
      readonly name: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly by: number;
    }
  | {
      readonly type: 'log';
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: LogFields;
      readonly error: WireThrown | undefined;
    }
  | { readonly type: 'pong'; readonly ping: number; readonly gauges: Gauges };

/** How much there is of what, for the engine's metrics. */
export interface Gauges {
  readonly peers: number;
  readonly connections: number;
  readonly storeBytes: number;
  /** Of the thread's JavaScript. */
  readonly heapBytes: number;
  readonly denied: number;
}
