/** All counted over events that wait or run. */
export interface QueueLimits {
  /** Events in all; one application may hold half of them. */
  readonly events: number;
  /** Bytes in all; one application may hold half of them. */
  readonly bytes: number;
  readonly eventsPerSource: number;
  readonly bytesPerApp: number;
}

export const queueDefaults: QueueLimits = {
  events: 10_000,
  bytes: 256 * 1024 * 1024,
  eventsPerSource: 1_000,
  bytesPerApp: 64 * 1024 * 1024,
};

/** The limits, and what follows from them for one application. */
export interface Bounds extends QueueLimits {
  readonly eventsPerApp: number;
}

/** What holds: an application may have half of what there is. */
export function boundsOf(limits: QueueLimits): Bounds {
  return {
    ...limits,
    eventsPerApp: Math.max(1, Math.floor(limits.events / 2)),
    bytesPerApp: Math.min(limits.bytesPerApp, Math.floor(limits.bytes / 2)),
  };
}
