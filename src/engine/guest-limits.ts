import type { Metrics } from '../telemetry/metrics.ts';

/** What one call of a module may take. */
export interface GuestLimits {
  /** Milliseconds from the moment that its guest is entered. More ends the call with `DEADLINE`. */
  readonly wallClockMs: number;
  /** Units of computing; some thousands of them are a microsecond. More ends the call with `FUEL`. */
  readonly fuel: number;
  /** Bytes of all its memories together: more cannot be had, which the guest is told. */
  readonly memoryBytes: number;
  /** Bytes that it may pass in one call of the host, in strings and lists. More is a trap, `LIMIT_LIFT`. */
  readonly callBytes: number;
  /** Strings and elements of lists in one call of the host; a list of numbers is one. More is a trap, `LIMIT_LIFT`. */
  readonly callValues: number;
  /** Handles that it may hold at a time. One more is a trap, `LIMIT_HANDLES`. */
  readonly handles: number;
  /** Lines and bytes that it may write to the log. The rest is dropped, which one line says. */
  readonly logLines: number;
  readonly logBytes: number;
}

/** A second or two of computing; as much memory as any guest of a reasonable size needs. */
export const guestDefaults: GuestLimits = {
  wallClockMs: 30_000,
  fuel: 5_000_000_000,
  memoryBytes: 256 * 1024 ** 2,
  callBytes: 32 * 1024 ** 2,
  callValues: 1_000_000,
  handles: 1_024,
  logLines: 10_000,
  logBytes: 1024 ** 2,
};

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
