/**
 * Records to and from other engines: the newest of all that are found, and a place with those who are nearest.
 *
 * @module
 */
import type { PeerId } from '@libp2p/interface';
import { sha256 } from 'multiformats/hashes/sha2';
import { failures } from '../../../lib/errors.ts';
import { createSlots } from '../../../lib/slots.ts';
import type { Surroundings } from '../node/part.ts';
import { errors } from './errors.ts';
import type { Watch } from './handlers.ts';
import { type AskOptions, type Kad, NEAREST, wrapValue } from './kad.ts';
import type { RecordLimits } from './limits.ts';
import { createPatience, withLimit } from './patience.ts';
import { checkRecord, compareRecords, type SignedRecord } from './record.ts';
import type { RecordStore } from './record-store.ts';

const fail = failures(errors);

/** Walks at once: each has a stream to a peer, which takes 32. */
const WALKS = 16;
const MAX_WAITING = 1_000;

export interface FindOptions extends AskOptions {
  /** Whether a record of this author may be believed. */
  readonly believes: (author: string) => boolean;
}

export interface PlaceOptions extends AskOptions {
  /** Called each time that an engine has taken the record. */
  readonly taken: () => void;
}

export interface Exchange {
  /**
   * The newest record that anybody near the place has, this engine too. Corrects in the background who had an older
   * one. With something found it waits no longer than the grace for what slow peers may have.
   */
  find(wireKey: Uint8Array, options: FindOptions): Promise<SignedRecord | undefined>;
  /**
   * Whether another engine has this record, or a newer one: not whether it says so. Ends with the first that has it;
   * `undefined` when nobody could be asked in time.
   */
  shown(wireKey: Uint8Array, record: SignedRecord, options: AskOptions): Promise<boolean | undefined>;
  /** Brings a record to the engines nearest to its place; resolves when all have been asked, or told to stop. */
  place(wireKey: Uint8Array, bytes: Uint8Array, options: PlaceOptions): Promise<void>;
  /** Tells something to the engines nearest to a place; resolves when all have been told, or it is time to stop. */
  reach(key: Uint8Array, tell: (peer: PeerId) => Promise<void>, options: AskOptions): Promise<void>;
  /** Brings it to this engine. True when it took it. */
  give(
    peer: PeerId,
    { wireKey, bytes }: { readonly wireKey: Uint8Array; readonly bytes: Uint8Array },
    options: AskOptions,
  ): Promise<boolean>;
  /** One walk at a time out of many; rejects with `RECORD_BUSY` when too many wait. */
  walking<T>(run: () => Promise<T>, options: AskOptions): Promise<T>;
}

interface Parts {
  readonly kad: Kad;
  readonly store: RecordStore;
  readonly watch: Watch;
  readonly limits: Pick<RecordLimits, 'grace'>;
  readonly background: (work: Promise<unknown>) => void;
}

/** Builds the exchange over a node's DHT. */
export function createExchange(surroundings: Surroundings, parts: Parts): Exchange {
  const { kad } = parts;
  const { clock, count } = surroundings;
  const slots = createSlots(WALKS);
  const shows = showing(surroundings, parts);
  const ways: Ways = {
    shows,
    async walking(run, { signal }) {
      if (slots.waiting >= MAX_WAITING) throw fail('RECORD_BUSY', { waiting: slots.waiting });
      await slots.take({ signal });
      try {
        return await run();
      } finally {
        slots.release();
      }
    },
    async give(peer, { wireKey, bytes }, { signal }) {
      const record = wrapValue(wireKey, bytes, clock.now().epochMilliseconds);
      const answer = await kad.request(peer, { type: 'PUT_VALUE', key: wireKey, record }, { signal });
      count('records_sent_total', { result: answer ? 'taken' : 'refused' });
      return answer !== undefined;
    },
  };
  const reach = reacher(parts, ways);
  return {
    ...ways,
    reach,
    find: finder(surroundings, parts, ways),
    async shown(wireKey, record, { signal }) {
      const found = new AbortController();
      const enough = AbortSignal.any([signal, found.signal]);
      let asked = 0;
      const ask: Ask = async (peer, options) => {
        const { answer, record: other } = await shows(peer, wireKey, options);
        if (answer) asked++;
        if (other && compareRecords(other, record) >= 0) found.abort();
        return answer;
      };
      const walk = ways.walking(() => kad.walk(wireKey, ask, { signal: enough }), { signal: enough });
      await quietly(walk, enough);
      if (found.signal.aborted) return true;
      return asked > 0 && !signal.aborted ? false : undefined;
    },
    async place(wireKey, bytes, { signal, taken }) {
      const tell = async (peer: PeerId): Promise<void> => {
        if (await ways.give(peer, { wireKey, bytes }, { signal })) taken();
      };
      await reach(wireKey, tell, { signal });
    },
  };
}

interface Ways extends Pick<Exchange, 'walking' | 'give'> {
  readonly shows: Shows;
}

/** What a peer has at a place. */
type Shows = (
  peer: PeerId,
  wireKey: Uint8Array,
  options: AskOptions,
) => Promise<{ readonly answer: Awaited<ReturnType<Kad['request']>>; readonly record?: SignedRecord }>;

/** Asks one peer; what no honest engine shows is held against it. */
function showing({ clock }: Surroundings, { kad, watch }: Parts): Shows {
  return async (peer, wireKey, options) => {
    const answer = await kad.request(peer, { type: 'GET_VALUE', key: wireKey }, options);
    const value = answer?.record && valueIn(answer.record, wireKey);
    if (value === undefined) return { answer };
    const now = clock.now().epochMilliseconds;
    const record = value === 'misplaced' ? value : checkRecord(wireKey, value, now);
    if (typeof record !== 'string') return { answer, record };
    watch.saw(peer, record);
    return { answer };
  };
}

function finder(surroundings: Surroundings, parts: Parts, { walking, give, shows }: Ways): Exchange['find'] {
  const { kad, store, limits, background } = parts;
  const { signal: stopping } = surroundings;

  async function correct(peers: ReadonlyMap<PeerId, Uint8Array>, given: Given): Promise<void> {
    const old = [...peers].filter(([, bytes]) => Buffer.compare(bytes, given.bytes) !== 0);
    // Who refuses keeps what it has: that is no concern of whoever asked.
    await withLimit({ signal: stopping, milliseconds: CORRECTION_MS }, (signal) =>
      Promise.all(old.map(([peer]) => give(peer, given, { signal }))),
    );
  }
  return async (wireKey, { signal, believes }) => {
    const local = store.get(wireKey);
    let best = local && believes(local.author) ? local : undefined;
    const seen = new Map<PeerId, Uint8Array>();
    using enough = createPatience(signal, limits.grace);
    if (best) enough.begin();
    const ask: Ask = async (peer, options) => {
      const { answer, record } = await shows(peer, wireKey, options);
      if (record && believes(record.author)) {
        seen.set(peer, record.bytes);
        if (!best || compareRecords(record, best) > 0) best = record;
        enough.begin();
      }
      return answer;
    };
    await walking(() => quietly(kad.walk(wireKey, ask, enough), enough.signal), { signal });
    if (!best) {
      signal.throwIfAborted();
      return undefined;
    }
    const { bytes } = best;
    const [from] = [...seen].find(([, each]) => each === bytes) ?? [];
    if (local && from) store.keep(wireKey, bytes, from.toString());
    background(correct(seen, { wireKey, bytes }));
    return best;
  };
}

function reacher({ kad }: Parts, { walking }: Pick<Ways, 'walking'>): Exchange['reach'] {
  return async (key, tell, { signal }) => {
    const answered: PeerId[] = [];
    const told = new Set<string>();
    const tells: Promise<void>[] = [];
    const begin = (peer: PeerId): void => {
      told.add(peer.toString());
      tells.push(tell(peer));
    };
    const ask: Ask = async (peer, options) => {
      const answer = await kad.request(peer, { type: 'FIND_NODE', key }, options);
      if (!answer) return undefined;
      answered.push(peer);
      // With so few peers every one is among the nearest, and a slow one delays nothing.
      if (kad.size <= NEAREST) begin(peer);
      return answer;
    };
    const walk = walking(() => kad.walk(key, ask, { signal }), { signal });
    await quietly(walk, signal);
    for (const peer of await nearestOf(answered, key)) if (!told.has(peer.toString())) begin(peer);
    await quietly(Promise.all(tells), signal);
  };
}

type Ask = Parameters<Kad['walk']>[1];

/** For how long corrections go on after what they correct has been answered. */
const CORRECTION_MS = 10_000;

interface Given {
  readonly wireKey: Uint8Array;
  readonly bytes: Uint8Array;
}

/** What an answer holds for this place; `undefined` when it is no record at all, which happens. */
function valueIn(
  record: { readonly key: Uint8Array; readonly value: Uint8Array },
  wireKey: Uint8Array,
): Uint8Array | 'misplaced' | undefined {
  if (record.value.length === 0) return undefined;
  return Buffer.compare(record.key, wireKey) === 0 ? record.value : 'misplaced';
}

/** Waits for work of the network whose end by its signal is no failure; what was done until then stands. */
async function quietly(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function nearestOf(peers: readonly PeerId[], key: Uint8Array): Promise<readonly PeerId[]> {
  const target = (await sha256.digest(key)).digest;
  const distances = peers.map(async (peer) => {
    const { digest } = await sha256.digest(peer.toMultihash().bytes);
    return { peer, distance: Buffer.from(digest.map((byte, n) => byte ^ (target[n] ?? 0))) };
  });
  const sorted = (await Promise.all(distances)).toSorted((a, b) => Buffer.compare(a.distance, b.distance));
  return sorted.slice(0, NEAREST).map(({ peer }) => peer);
}
