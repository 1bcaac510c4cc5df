// Written by "npm run generate" from ../wit/: change that, not this.

import type { KvValues } from './api.ts';
export type { KvValues } from './api.ts';

/** Functions of `hermes:kv-store/event`. */
export interface KvStoreEvent {
  /**
   * A subscribed key was written. Each module that subscribed gets it, the one that wrote too. A deletion is
   * not told, nor is a call that changed nothing; storing an equal value is a write.
   *
   * Updates of one key come in the order of the writes and never overlap; those of different keys may come in
   * any order. While one waits, a later write takes its place: a module may miss values, but never the newest.
   * Delivered at most once.
   */
  kvUpdate(key: string, value: KvValues): void;
}
