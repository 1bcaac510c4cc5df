// Written by "npm run generate" from ../wit/: change that, not this.

import type { CronTagged } from './api.ts';
export type { CronTagged } from './api.ts';

/** Functions of `hermes:cron/event`. */
export interface CronEvent {
  /**
   * An entry is due. Every module of the application that exports this is called, whichever made the entry.
   * `last` says that the entry will not be due again and is gone: it was a delay, or added without `retrigger`.
   *
   * Ticks of one tag come in the order of their times and never overlap: the next starts when every module has
   * answered. Ticks of different tags may come in any order. Never before its time; at most once. While a tick of
   * an entry waits, further ones are one with it: an application that is busy, or was not run for a while,
   * catches up with a single tick for each entry. No minute comes twice for an entry when the clock is set back.
   *
   * `false` from any module removes the entry; its tick that waits is dropped. `true` keeps it, and so does a
   * call that fails. When `last` is `true` the answer has no meaning.
   */
  onCron(event: CronTagged, last: boolean): boolean;
}
