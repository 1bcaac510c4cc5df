import type { Counter, Metrics } from '../../telemetry/metrics.ts';

/** Processes that were killed because their event ended while they were busy. */
export function killedOf(metrics: Metrics, app: string): Counter {
  return metrics.counter('hermes_sqlite_killed_total', 'Database processes killed at the end of an event', {
    app,
  });
}

export function gaugeProcesses(metrics: Metrics, read: () => number): void {
  metrics.gauge('hermes_sqlite_processes', 'Database processes of all applications', read);
}
