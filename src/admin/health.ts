import type { EngineStatus } from '../engine/status.ts';

/** Whether requests can be served now, and if not, why: one sentence each. */
export interface Health {
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

/**
 * An engine is healthy when every application runs and the queue takes events. Applications that are not there
 * yet count: whoever waits for health waits for them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const queue = { waiting: 0, running: 0, bytes: 0, limits: { events: 8, bytes: 64 } };
 * assert.deepEqual(healthOf({ state: 'running', apps: [], queue }).reasons, ['No application is loaded']);
 * ```
 */
export function healthOf({ state, apps, queue }: EngineStatus): Health {
  const reasons: string[] = [];
  if (state === 'stopping') reasons.push('The engine is stopping');
  else if (apps.length === 0) reasons.push('No application is loaded');
  for (const app of apps) {
    if (app.state !== 'running') reasons.push(`Application ${app.name} is ${app.state}`);
  }
  const { waiting, running, bytes, limits } = queue;
  const events = waiting + running;
  if (events >= limits.events) reasons.push(`The queue is full: ${events} of ${limits.events} events`);
  if (bytes >= limits.bytes) reasons.push(`The queue is full: ${bytes} of ${limits.bytes} bytes`);
  return { ok: reasons.length === 0, reasons };
}
