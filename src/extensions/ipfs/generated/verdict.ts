// Written by "npm run generate" from ../wit/: change that, not this.

import type { PubsubMessage } from './api.ts';
export type { PubsubMessage } from './api.ts';

/** Functions of `hermes:ipfs/verdict`. */
export interface IpfsVerdict {
  /**
   * Whether a message of another engine may be delivered and passed on. Asked once for each, after its author and
   * form have been checked; without an answer in time the message is dropped.
   */
  onVerdict(message: PubsubMessage): boolean;
}
