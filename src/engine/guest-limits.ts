import type { Metrics } from '../telemetry/metrics.ts';

/** What one call of a module may take, beside time. */
export interface GuestLimits {
  /** Units of computing; some thousands of them are a microsecond. More ends the call with `FUEL`. */
  readonly fuel: number;
  /** Bytes of all its memories together: more cannot be had, which the guest is told. */
  readonly memoryBytes: number;
}

/** A second or two of computing; as much memory as any guest of a reasonable size needs. */
export const guestDefaults: GuestLimits = { fuel: 5_000_000_000, memoryBytes: 256 * 1024 ** 2 };

/** Counts what calls of an application's modules compute, by index of the module. */
export function meterFuel(
  metrics: Metrics,
  app: string,
  modules: readonly { readonly name: string }[],
): (module: number, fuel: number) => void {
  const help = 'Units of computing that calls of modules took';
  const counters = modules.map(({ name: module }) =>
    metrics.counter('hermes_module_fuel_total', help, { app, module }),
  );
  return (module, fuel) => counters[module]?.add(fuel);
}
