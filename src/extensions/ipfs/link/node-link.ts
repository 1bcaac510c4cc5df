/**
 * The main thread's side of the node, as the rest of the extension sees it.
 *
 * @module
 */
import type { News } from '../node/part.ts';

export interface LinkCall {
  readonly signal?: AbortSignal;
  /** Whose call this is. */
  readonly app?: string;
  /** Large arguments that move to the node instead of being copied, if they are all of their buffers: nobody here may use them any more. */
  readonly moved?: readonly Uint8Array[];
}

/** The node, wherever it runs and whether it runs just now. */
export interface NodeLink {
  /**
   * Calls `part.method` in the node, which is started if it does not run. Rejects with what the method threw, with
   * `IPFS_UNAVAILABLE` when the node is switched off, cannot start or was lost, with `IPFS_TIMEOUT` past the
   * deadline, or with the signal's reason.
   */
  call(method: string, args: readonly unknown[], options?: LinkCall): Promise<unknown>;
  /** Hears what a part tells unasked. Dispose to hear no more. */
  on(part: string, listener: (news: News) => void): Disposable;
  /** Called each time a node runs anew (the first time too): what it forgot is told to it again. */
  onStart(again: () => Promise<void>): Disposable;
  readonly state: 'off' | 'starting' | 'running' | 'lost';
}
