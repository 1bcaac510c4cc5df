// Written by "npm run generate" from ../wit/: change that, not this.

import type { PubsubMessage } from './api.ts';
export type { PubsubMessage } from './api.ts';

/** Functions of `hermes:ipfs/event`. */
export interface IpfsEvent {
  /**
   * A message of a topic that this module subscribed to. Messages of one publisher on one topic come in the order
   * in which they were received and never overlap. Delivered at most once: when a module is slower than its topic
   * the oldest that wait are dropped, counted, and the log says so. The answer is not used.
   */
  onTopic(message: PubsubMessage): boolean;
}
