import type { Slots } from '../lib/slots.ts';
import type { Metrics } from '../telemetry/metrics.ts';

export interface Metered {
  readonly slots: Slots;
  readonly components: { readonly size: number };
  /** Of each application: calls that wait for a place of its own. */
  readonly waiting: () => Iterable<number>;
}

/** What any pool says of itself. */
export function meterPool(metrics: Metrics, { slots, components, waiting }: Metered): void {
  metrics.gauge('hermes_instances', 'Instances in use', () => slots.taken);
  metrics.gauge('hermes_instances_awaited', 'Calls that wait for an instance', () => {
    let sum = slots.waiting;
    for (const each of waiting()) sum += each;
    return sum;
  });
  metrics.gauge('hermes_components', 'Compiled components', () => components.size);
}
