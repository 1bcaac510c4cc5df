import type { DatabaseSync } from 'node:sqlite';
import { CID } from 'multiformats/cid';
import type { Clock } from '../../../engine/extension.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import type { IpfsNode } from '../node/compose.ts';

/** Milliseconds until it is tried again when nobody could be told; doubled each time. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** For one root, however many engines there are. */
const TELL_MS = 30_000;

/** Roots that are read from the books at once. */
const BATCH = 64;

export interface AnnouncerParts {
  readonly node: Pick<IpfsNode, 'dht' | 'libp2p'>;
  readonly database: DatabaseSync;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Tells other engines which roots can be had here. */
export interface Announcer extends AsyncDisposable {
  /** There are new roots in the books. */
  wake(): void;
  /** Nobody needs this root any more. */
  forget(root: CID): void;
}

/**
 * Tells of each pinned root once somebody is there to hear it: at once, or when peers have come, also after a
 * restart. From then on the DHT repeats it by itself.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { ManualClock } from '../../../testkit/index.ts';
 * import { openStore } from '../node/store.ts';
 * import { openPins } from './pins.ts';
 * using store = openStore();
 * const { database } = store;
 * openPins(database, { limits: { pinnedBytes: 1, maxPins: 1 }, now: () => 0 });
 * const node = { libp2p: new EventTarget(), dht: {} } as never;
 * await using announcer = createAnnouncer({ node, database, clock: new ManualClock(), log: console as never });
 * announcer.wake();
 * assert.equal(database.prepare('SELECT count(*) AS told FROM told_roots').get()?.['told'], 0);
 * ```
 */
export function createAnnouncer({ node, database, clock, log }: AnnouncerParts): Announcer {
  database.exec('CREATE TABLE IF NOT EXISTS told_roots (root BLOB PRIMARY KEY) STRICT, WITHOUT ROWID');
  const pending = database.prepare(`
    SELECT DISTINCT root FROM pins WHERE root NOT IN (SELECT root FROM told_roots) LIMIT ${BATCH}`);
  const enter = database.prepare(
    'INSERT OR IGNORE INTO told_roots (root) SELECT root FROM pins WHERE root = ? LIMIT 1',
  );
  const remove = database.prepare('DELETE FROM told_roots WHERE root = ?');
  const stop = new AbortController();
  let woken = Promise.withResolvers<void>();
  const wake = (): void => woken.resolve();

  /** Whether all that was pending has been told. */
  async function tellAll(): Promise<boolean> {
    for (;;) {
      const roots = pending.all().map(({ root }) => CID.decode(root as Uint8Array));
      if (roots.length === 0) return true;
      for (const root of roots) {
        if (!(await tell(node, root, stop.signal))) return false;
        enter.run(root.bytes);
      }
    }
  }

  async function run(): Promise<void> {
    let wait = FIRST_WAIT_MS;
    while (!stop.signal.aborted) {
      woken = Promise.withResolvers();
      const done = await tellAll().catch((error: unknown) => {
        if (!stop.signal.aborted) log.debug('Cannot tell others of a file yet: trying again', {}, error);
        return false;
      });
      if (done) wait = FIRST_WAIT_MS;
      await idle(clock, { woken: woken.promise, wait: done ? undefined : wait, stop: stop.signal });
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }

  node.libp2p.addEventListener('peer:identify', wake);
  const running = run();
  return {
    wake,
    forget(root) {
      if (Number(remove.run(root.toV1().bytes).changes) === 0) return;
      node.dht.cancelReprovide(root).catch((error: unknown) => {
        log.debug('Cannot take back that a file is here: others hear it until tomorrow', {}, error);
      });
    },
    async [Symbol.asyncDispose]() {
      node.libp2p.removeEventListener('peer:identify', wake);
      stop.abort();
      wake();
      await running;
    },
  };
}

interface Idle {
  readonly woken: Promise<void>;
  /** Milliseconds; until it is woken without. */
  readonly wait: number | undefined;
  readonly stop: AbortSignal;
}

/** Until something is new, time has passed or the node stops. */
async function idle(clock: Clock, { woken, wait: milliseconds, stop }: Idle): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  const ends: Promise<unknown>[] = [woken];
  if (milliseconds !== undefined) {
    // It only rejects when it is aborted, which ends the pause as well.
    ends.push(clock.sleepUntil(clock.now().add({ milliseconds }), { signal }).catch(() => {}));
  }
  await Promise.race(ends);
  over.abort();
}

/** Whether at least one other engine has taken note. */
async function tell({ dht }: Pick<IpfsNode, 'dht'>, root: CID, stop: AbortSignal): Promise<boolean> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(TELL_MS)]);
  let told = false;
  for await (const event of dht.provide(root, { signal })) {
    if (event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER') told = true;
  }
  return told;
}
