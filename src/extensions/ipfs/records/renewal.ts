/**
 * Keeps what the applications here put alive: signs it anew before its time is over, brings it to whoever is nearest
 * now, and tells engines that come what they have not heard yet.
 *
 * @module
 */
import type { PeerId } from '@libp2p/interface';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { decode as digestFrom } from 'multiformats/hashes/digest';
import { createSlots } from '../../../lib/slots.ts';
import type { SigningKey } from '../message/signing-key.ts';
import type { Surroundings } from '../node/part.ts';
import type { Exchange } from './exchange.ts';
import { type Kad, NEAREST } from './kad.ts';
import type { RecordLimits } from './limits.ts';
import type { OwnRecord, OwnStore } from './own-store.ts';
import { withLimit } from './patience.ts';
import type { Providers } from './providers.ts';
import { signRecord } from './record.ts';
import type { RecordStore } from './record-store.ts';

/** Engines that are told at the same time, and records of one round. */
const TOLD_AT_ONCE = 4;
const SPREAD_AT_ONCE = 4;
const BATCH = 64;
/** Records of which a round asks whether anybody really has them. */
const ASKED = 16;
/** Records that a round tries to place which nobody took so far. */
const MAX_UNPLACED = 1_000;
/** Engines of which is remembered what they were told; of another it is told again. */
const MAX_REMEMBERED = 2_000;
/** For how long an engine is told, or a record is placed. */
const LIMIT_MS = 60_000;

export interface Renewal {
  /** Renews, gives up and sweeps what is due. */
  round(): Promise<void>;
  /** Brings a record to other engines; `taken` is called with each one that took it. */
  spread(
    record: Pick<OwnRecord, 'wireKey' | 'sequence'>,
    options: { readonly signal: AbortSignal; readonly taken?: () => void },
  ): Promise<void>;
}

interface Parts {
  readonly kad: Kad;
  readonly store: RecordStore;
  readonly own: OwnStore;
  readonly exchange: Exchange;
  readonly providers: Providers;
  readonly limits: RecordLimits;
  /** What an application signs with. */
  readonly keyOf: (app: string) => SigningKey;
  readonly background: (work: Promise<unknown>) => void;
}

/** Begins to tell engines that come; `round` is for whoever has the clock. Disposal ends it. */
export function createRenewal(surroundings: Surroundings, parts: Parts): Renewal & Disposable {
  const { kad, store, own, exchange, providers, limits, background } = parts;
  const { node, clock, log, signal: stopping } = surroundings;
  const now = (): number => clock.now().epochMilliseconds;
  const spreadSoon = (record: OwnRecord): Promise<void> =>
    withLimit({ signal: stopping, milliseconds: LIMIT_MS }, (signal) => spread(record, { signal }));

  async function spread(
    { wireKey, sequence }: Pick<OwnRecord, 'wireKey' | 'sequence'>,
    options: Parameters<Renewal['spread']>[1],
  ): Promise<void> {
    const bytes = store.bytes(wireKey);
    if (!bytes) return;
    await exchange.place(wireKey, bytes, {
      signal: options.signal,
      taken() {
        own.placed(wireKey, { sequence, by: 1 });
        options.taken?.();
      },
    });
  }
  const { superseded, resign } = signer(surroundings, parts);
  const doubt = doubting(surroundings, parts);
  async function renew(record: OwnRecord): Promise<void> {
    if (now() - record.put <= limits.renewFor && resign(record)) {
      await spreadSoon(record);
      return;
    }
    log.debug('Record given up', { app: record.app, namespace: record.namespace });
    own.drop(record.wireKey);
    if (!superseded(record)) store.drop(record.wireKey);
  }
  async function round(): Promise<void> {
    if (kad.size > 0) await doubt();
    for (const multihash of own.unprovide(now() - limits.renewFor)) {
      const cid = CID.createV1(raw.code, digestFrom(multihash));
      // What is here is provided by whoever keeps it.
      if (!(await node.store.blockstore.has(cid))) await node.dht.cancelReprovide(cid);
    }
    for (;;) {
      const due = own.signedBefore(now() - limits.renewEvery, BATCH);
      await few(due, { each: renew, signal: stopping });
      if (due.length < BATCH) break;
    }
    if (kad.size > 0) await few(own.unplaced(MAX_UNPLACED), { each: spreadSoon, signal: stopping });
    store.sweep();
    await providers.recount();
  }
  const newcomers = tellNewcomers(surroundings, parts);
  const heard = kad.onPeer((peer) => background(newcomers(peer)));
  return { round, spread, [Symbol.dispose]: () => heard[Symbol.dispose]() };
}

interface Few {
  readonly each: (record: OwnRecord) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Does something with each of these, a few at a time: a slow peer delays some records, not all. */
async function few(records: readonly OwnRecord[], { each, signal }: Few): Promise<void> {
  const rest = records.values();
  const work = async (): Promise<void> => {
    for (const record of rest) {
      signal.throwIfAborted();
      await each(record);
    }
  };
  await Promise.all(Array.from({ length: SPREAD_AT_ONCE }, work));
}

/**
 * Asks whether anybody has what was taken: who takes a record may have lost it since, or never kept it. All records
 * have their turn, a few each time; what nobody has counts as taken by nobody.
 */
function doubting(
  { signal: stopping, log }: Surroundings,
  { store, own, exchange }: Parts,
): () => Promise<void> {
  let asked = 0;
  async function each({ wireKey, sequence, placed, app, namespace }: OwnRecord): Promise<void> {
    const here = store.get(wireKey);
    if (placed === 0 || !here) return;
    const shown = await withLimit({ signal: stopping, milliseconds: LIMIT_MS }, (signal) =>
      exchange.shown(wireKey, here, { signal }),
    );
    if (shown !== false) return;
    log.debug('Record is with nobody who took it: it is told again', { app, namespace });
    own.placed(wireKey, { sequence, by: -placed });
  }
  return async () => {
    const some = own.after(asked, { placed: Number.MAX_SAFE_INTEGER, limit: ASKED });
    asked = some.length < ASKED ? 0 : (some.at(-1)?.revision ?? 0);
    await few(some, { each, signal: stopping });
  };
}

interface Signer {
  /** Whether a newer record of this place has come from elsewhere: then this one is history. */
  superseded(record: OwnRecord): boolean;
  /** Signs it for another while. False when it cannot be. */
  resign(record: OwnRecord): boolean;
}

function signer({ clock }: Surroundings, { store, own, limits, keyOf }: Parts): Signer {
  function superseded({ wireKey, author, sequence }: OwnRecord): boolean {
    const newest = store.get(wireKey);
    return newest !== undefined && (newest.author !== author || newest.sequence !== sequence);
  }
  return {
    superseded,
    resign(record) {
      const { wireKey, app, namespace, key, value, sequence, author } = record;
      const signing = keyOf(app);
      // With another key it would be another author's, and stand elsewhere.
      if (signing.author !== author || superseded(record)) return false;
      const time = clock.now().epochMilliseconds;
      const content = { namespace, key, value, sequence, time, ttl: limits.ttl };
      store.keepOwn(wireKey, { ...content, author, bytes: signRecord(content, signing) });
      own.resigned(wireKey, time);
      return true;
    },
  };
}

interface Heard {
  revision: number;
  since: number;
}

/** Tells an engine the records that fewer than enough have taken, and what is provided here: each once. */
function tellNewcomers(
  { clock, signal: stopping }: Surroundings,
  { kad, store, own, exchange }: Parts,
): (peer: PeerId) => Promise<void> {
  const slots = createSlots(TOLD_AT_ONCE);
  const remembered = new Map<string, Heard>();

  function heardBy(peer: PeerId): Heard {
    const name = peer.toString();
    const heard = remembered.get(name) ?? { revision: 0, since: 0 };
    remembered.delete(name);
    remembered.set(name, heard);
    const [longest] = remembered.keys();
    if (remembered.size > MAX_REMEMBERED && longest !== undefined) remembered.delete(longest);
    return heard;
  }
  async function records(peer: PeerId, { heard, signal }: Told): Promise<void> {
    for (;;) {
      const waiting = own.after(heard.revision, { placed: NEAREST, limit: BATCH });
      for (const { wireKey, sequence, revision } of waiting) {
        const bytes = store.bytes(wireKey);
        if (bytes && (await exchange.give(peer, { wireKey, bytes }, { signal })))
          own.placed(wireKey, { sequence, by: 1 });
        // An engine that is gone hears the rest when it comes again.
        if (signal.aborted) return;
        heard.revision = revision;
      }
      if (waiting.length < BATCH) return;
    }
  }
  async function provided(peer: PeerId, { heard, signal }: Told): Promise<void> {
    const at = clock.now().epochMilliseconds;
    for (const multihash of own.announced(heard.since))
      if (!(await kad.tellProvider(peer, multihash, { signal }))) return;
    heard.since = at;
  }
  return async (peer) => {
    await slots.take({ signal: stopping });
    try {
      await withLimit({ signal: stopping, milliseconds: LIMIT_MS }, async (signal) => {
        const heard = heardBy(peer);
        await records(peer, { heard, signal });
        await provided(peer, { heard, signal });
      });
    } finally {
      slots.release();
    }
  };
}

interface Told {
  readonly heard: Heard;
  readonly signal: AbortSignal;
}
