/**
 * What the gateway counts.
 *
 * @module
 */
import type { Counter, Histogram, Metrics } from '../../telemetry/metrics.ts';

export interface Answered {
  /** The application that was asked for, if there is one of that name. */
  readonly app: string | undefined;
  /** `undefined` when the client was gone before there was an answer. */
  readonly status: number | undefined;
  /** From the request's head to the last byte of its answer. */
  readonly seconds: number;
}

/**
 * Counts requests by application and class of status, and their time.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createMetrics } from '../../telemetry/metrics.ts';
 * const metrics = createMetrics();
 * createMeter(metrics)({ app: 'shop', status: 204, seconds: 0.01 });
 * assert.equal(metrics.value('hermes_http_requests_total', { app: 'shop', status: '2xx' }), 1);
 * ```
 */
export function createMeter(metrics: Metrics): (answered: Answered) => void {
  const counters = new Map<string, Counter>();
  const histograms = new Map<string, Histogram>();
  return ({ app = '', status, seconds }) => {
    const group = status === undefined ? 'gone' : `${Math.floor(status / 100)}xx`;
    counters
      .getOrInsertComputed(`${app} ${group}`, () =>
        metrics.counter('hermes_http_requests_total', 'HTTP requests', { app, status: group }),
      )
      .add();
    histograms
      .getOrInsertComputed(app, () =>
        metrics.histogram('hermes_http_request_seconds', 'Time of HTTP requests, answer included', { app }),
      )
      .observe(seconds);
  };
}
