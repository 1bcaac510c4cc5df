import type { DatabaseSync } from 'node:sqlite';
import type { ConnectionGater, PeerId } from '@libp2p/interface';

/** Peers that are not heard: by the whole engine, or by one application. Kept over restarts. */
export interface DenyList {
  /** Whether the engine speaks to this peer at all. */
  denies(peer: string): boolean;
  /** Whether this application hears of this peer. */
  evicted(app: string, peer: string): boolean;
  /** For the whole engine: the operator's word, or a peer that broke the rules. True when that is new. */
  deny(peer: string, reason: string): boolean;
  allow(peer: string): boolean;
  /** For one application. True when that is new. */
  evict(app: string, peer: string): boolean;
  /** How many peers this application does not hear. */
  evictions(app: string): number;
  /** Called for each peer that is denied, whatever the reason: whoever has connections to it ends them. */
  onDeny(listener: (peer: string, reason: string) => void): Disposable;
  /** How many peers are denied; unlike the list it costs nothing. */
  readonly size: number;
  /** Every denied peer and why; since when in milliseconds since 1970. */
  list(): readonly { readonly peer: string; readonly reason: string; readonly since: number }[];
  /** What libp2p asks before it dials, and before it goes on with who dialled. */
  readonly gater: ConnectionGater;
}

/** Why a peer is denied that the operator does not want. */
export const BY_CONFIGURATION = 'the configuration says so (ipfs.deny)';
export const BY_COMMAND = 'the operator said so (hermes peers --deny)';
/** Peers denied for what they did: a stranger can make any number of names. Beyond it the oldest are forgotten. */
const MAX_DENIED = 10_000;

/**
 * Opens the list. `now` is in milliseconds; the peers in `always` are denied as long as the list is open.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DatabaseSync } from 'node:sqlite';
 * using database = new DatabaseSync(':memory:');
 * const list = createDenyList(database, () => 0);
 * assert.equal(list.deny('12D3KooWA', 'forged messages'), true);
 * assert.equal(list.denies('12D3KooWA'), true);
 * list.evict('shop', '12D3KooWB');
 * assert.deepEqual([list.evicted('shop', '12D3KooWB'), list.evicted('bank', '12D3KooWB')], [true, false]);
 * ```
 */
export function createDenyList(
  database: DatabaseSync,
  now: () => number,
  always: readonly string[] = [],
): DenyList {
  database.exec(`
    CREATE TABLE IF NOT EXISTS denied (peer TEXT PRIMARY KEY, reason TEXT NOT NULL, since INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS evicted (app TEXT, peer TEXT, PRIMARY KEY (app, peer)) STRICT, WITHOUT ROWID`);
  const all = database.prepare('SELECT peer, reason, since FROM denied ORDER BY peer');
  const insert = database.prepare('INSERT OR IGNORE INTO denied (peer, reason, since) VALUES (?, ?, ?)');
  const remove = database.prepare('DELETE FROM denied WHERE peer = ?');
  const oldest = database.prepare(
    'SELECT peer FROM denied WHERE reason <> ? ORDER BY since, peer LIMIT max(0, (SELECT count(*) FROM denied) - ?)',
  );
  const insertEvicted = database.prepare('INSERT OR IGNORE INTO evicted (app, peer) VALUES (?, ?)');
  // Asked for every message and every dial: kept in memory as well.
  const denied = new Set([...all.all().map(({ peer }) => peer as string), ...always]);
  const opened = now();
  const listeners = new Set<(peer: string, reason: string) => void>();
  const evicted = new Map<string, Set<string>>();
  const evictedBy = (app: string): Set<string> => evicted.getOrInsertComputed(app, () => new Set());
  for (const { app, peer } of database.prepare('SELECT app, peer FROM evicted').all())
    evictedBy(app as string).add(peer as string);
  const forget = ({ peer }: Readonly<Record<string, unknown>>): void => {
    if (!always.includes(peer as string)) denied.delete(peer as string);
    remove.run(peer as string);
  };
  const refuses = (peer: PeerId): boolean => denied.has(peer.toString());
  return {
    denies: (peer) => denied.has(peer),
    evicted: (app, peer) => evicted.get(app)?.has(peer) === true,
    evictions: (app) => evicted.get(app)?.size ?? 0,
    deny(peer, reason) {
      const isNew = !denied.has(peer);
      denied.add(peer);
      insert.run(peer, reason, now());
      // Several at once, so that the look at all of them is rare.
      if (denied.size > MAX_DENIED + MAX_DENIED / 100)
        for (const row of oldest.all(BY_COMMAND, MAX_DENIED)) forget(row);
      for (const listener of listeners) listener(peer, reason);
      return isNew;
    },
    allow(peer) {
      if (!always.includes(peer)) denied.delete(peer);
      return Number(remove.run(peer).changes) > 0;
    },
    evict(app, peer) {
      evictedBy(app).add(peer);
      return Number(insertEvicted.run(app, peer).changes) > 0;
    },
    onDeny(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    get size() {
      return denied.size;
    },
    list: () => [
      ...always.map((peer) => ({ peer, reason: BY_CONFIGURATION, since: opened })),
      ...all
        .all()
        .map(({ peer, reason, since }) => ({
          peer: peer as string,
          reason: reason as string,
          since: since as number,
        }))
        .filter(({ peer }) => !always.includes(peer)),
    ],
    gater: {
      denyDialPeer: refuses,
      denyInboundEncryptedConnection: refuses,
      denyOutboundEncryptedConnection: refuses,
      filterMultiaddrForPeer: (peer) => !refuses(peer),
    },
  };
}
