import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../engine/extension.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface ProcessMetricsOptions {
  readonly version: string;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** Several who look at the same time see the same window. */
const WINDOW = 15_000_000_000n;
const RESOLUTION_MS = 20;

/**
 * Adds what the process itself tells: its memory, and how late its event loop is. Disposal stops the measuring.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createClock } from '../lib/clock.ts';
 * import { createMetrics } from '../telemetry/metrics.ts';
 * const metrics = createMetrics();
 * using _ = addProcessMetrics({ version: '1.0.0', metrics, clock: createClock() });
 * assert.ok(metrics.value('process_resident_memory_bytes') > 0);
 * ```
 */
export function addProcessMetrics({ version, metrics, clock }: ProcessMetricsOptions): Disposable {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const started = clock.now().epochMilliseconds / 1000;
  let [since, before] = [clock.monotonic(), 0];
  /** Seconds that the loop was late, the worst of the last window or two. */
  const lateness = (): number => {
    const worst = Math.max(0, delay.max / 1e9 - RESOLUTION_MS / 1000);
    if (clock.monotonic() - since <= WINDOW) return Math.max(worst, before);
    [since, before] = [clock.monotonic(), worst];
    delay.reset();
    return worst;
  };
  const memory = (): NodeJS.MemoryUsage => process.memoryUsage();
  metrics.gauge('hermes_build_info', 'Always 1; the label says the version', () => 1, { version });
  metrics.gauge('hermes_start_time_seconds', 'When the engine started, since 1970', () => started);
  metrics.gauge('process_resident_memory_bytes', 'Memory of the process', () => process.memoryUsage.rss());
  metrics.gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use', () => memory().heapUsed);
  metrics.gauge('nodejs_heap_size_total_bytes', 'JavaScript heap', () => memory().heapTotal);
  metrics.gauge('nodejs_external_memory_bytes', 'Memory of buffers and guests', () => memory().external);
  metrics.gauge('nodejs_eventloop_lag_max_seconds', 'How late the event loop was at its worst', lateness);
  return { [Symbol.dispose]: () => void delay.disable() };
}
