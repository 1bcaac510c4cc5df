import { readFile } from 'node:fs/promises';

/** Suspended stacks that a process bears for certain; at some three times as many it ends. */
const MOST = 12_000;
/** Memory mappings left to everything else. */
const OTHERS = 10_000;
/** Mappings of one suspended instance, and of one that waits for its next call. */
const EACH = 4;
const IDLE = 2;

/**
 * Instances that one process may have at the same time, over all threads: what V8 bears, and what the system's
 * mappings are enough for when so many more are `idle`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(await instanceLimit(0, async () => '50000\n'), 10_000);
 * assert.equal(await instanceLimit(128, async () => { throw new Error('no such file'); }), 12_000);
 * ```
 */
export async function instanceLimit(
  idle: number,
  read: () => Promise<string> = () => readFile('/proc/sys/vm/max_map_count', 'utf8'),
): Promise<number> {
  // Other systems than Linux have no such file, and no such limit.
  const mappings = Number(await read().catch(() => Number.POSITIVE_INFINITY));
  if (Number.isNaN(mappings)) return MOST;
  return Math.max(1, Math.min(MOST, Math.floor((mappings - OTHERS - idle * IDLE) / EACH)));
}
