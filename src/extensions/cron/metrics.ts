import type { Counter, Metrics } from '../../telemetry/metrics.ts';

/** Ticks that were one with a tick of the same entry that still waited. */
export function coalescedOf(metrics: Metrics, app: string): Counter {
  return metrics.counter('hermes_cron_coalesced_total', 'Ticks that were one with a waiting tick', { app });
}

export function gaugeEntries(metrics: Metrics, read: () => number): void {
  metrics.gauge('hermes_cron_entries', 'Entries of all applications', read);
}
