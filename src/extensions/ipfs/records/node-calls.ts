/**
 * The calls of the main thread: records put and got, names provided.
 *
 * @module
 */
import { failures } from '../../../lib/errors.ts';
import { publicKeyOf } from '../message/author.ts';
import type { SigningKey } from '../message/signing-key.ts';
import { atomically } from '../node/atomically.ts';
import type { NodeCall, Surroundings } from '../node/part.ts';
import type { Place, RecordCalls } from './calls.ts';
import { errors } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { Kad } from './kad.ts';
import type { RecordLimits } from './limits.ts';
import { ENGINE, type OwnRecord, type OwnStore } from './own-store.ts';
import { createPatience, withLimit } from './patience.ts';
import { type Providers, providedCid } from './providers.ts';
import { compareRecords, MAX_SKEW, type SignedRecord, signRecord } from './record.ts';
import type { RecordStore } from './record-store.ts';
import type { Renewal } from './renewal.ts';
import { authorKey, openKey } from './wire-key.ts';

const fail = failures(errors);

/** For how long others are told in the background of what was put or provided. */
const BACKGROUND_MS = 60_000;

/** The same calls, each with who calls. */
type Answers = {
  readonly [Name in keyof RecordCalls]: (
    call: NodeCall,
    ...args: Parameters<RecordCalls[Name]>
  ) => ReturnType<RecordCalls[Name]>;
};

interface Parts {
  readonly kad: Kad;
  readonly store: RecordStore;
  readonly own: OwnStore;
  readonly exchange: Exchange;
  readonly providers: Providers;
  readonly renewal: Renewal;
  readonly limits: RecordLimits;
  readonly keyOf: (app: string) => SigningKey;
  readonly background: (work: Promise<unknown>) => void;
}

/** Builds the calls of the part. */
export function answerCalls(surroundings: Surroundings, parts: Parts): Answers {
  const { own, providers, limits, background } = parts;
  const { clock, signal: stopping } = surroundings;
  return {
    put: putter(surroundings, parts),
    get: getter(surroundings, parts),
    async provide(call, place) {
      const { app = ENGINE } = call;
      const cid = providedCid(place);
      const { bytes } = cid.multihash;
      if (!own.provides(app, bytes) && own.count(app).provided >= limits.perApp)
        throw fail('RECORD_LIMIT', { limit: limits.perApp });
      own.provide(app, bytes, clock.now().epochMilliseconds);
      const first = Promise.withResolvers<void>();
      const work = withLimit({ signal: stopping, milliseconds: BACKGROUND_MS }, (signal) =>
        providers.provide(cid, { signal, told: first.resolve }),
      );
      background(work.finally(first.resolve));
      // The others are told in the background, and those who come later when they come.
      await withPatience(first.promise, { signal: call.signal, milliseconds: limits.patience });
    },
    providers: (call, place) => providers.find(providedCid(place), { signal: call.signal }),
  };
}

function putter(surroundings: Surroundings, parts: Parts): Answers['put'] {
  const { kad, store, own, exchange, renewal, limits, keyOf, background } = parts;
  const { node, clock, signal: stopping } = surroundings;

  /** Signed and on the disk before anybody is told. */
  function write(app: string, { place, value, wireKey, after }: Writing): number {
    const { namespace, key } = place;
    const signer = keyOf(app);
    const now = clock.now().epochMilliseconds;
    const last = Math.max(after, store.get(wireKey)?.sequence ?? 0, usable(own.get(wireKey), now));
    const content = { namespace, key, value, sequence: Math.max(now, last + 1), time: now, ttl: limits.ttl };
    const { author } = signer;
    atomically(node.store.database, () => {
      own.put({ ...content, wireKey, app, author, put: now, signed: now });
      store.keepOwn(wireKey, { ...content, author, bytes: signRecord(content, signer) });
    });
    return content.sequence;
  }
  async function tell(app: string, writing: Writing, signal: AbortSignal): Promise<boolean> {
    const { wireKey, told } = writing;
    const sequence = write(app, writing);
    let taken = false;
    await renewal.spread(
      { wireKey, sequence },
      {
        signal,
        taken() {
          taken = true;
          told();
        },
      },
    );
    if (taken || writing.after > 0 || kad.size === 0) return taken;
    // Nobody took it: perhaps somebody with a later clock wrote last. What is put now is newer all the same.
    const newest = await exchange.find(wireKey, { signal, believes: () => true });
    if (!newest || newest.sequence <= sequence || own.get(wireKey)?.sequence !== sequence) return false;
    return tell(app, { ...writing, after: newest.sequence }, signal);
  }
  return async ({ app = ENGINE, signal }, place, value) => {
    const { author, publicKey } = keyOf(app);
    if (place.authors && !place.authors.includes(author)) throw fail('RECORD_AUTHOR', { author });
    const wireKey = place.authors ? authorKey(place, publicKey) : openKey(place);
    if (own.get(wireKey)?.app !== app && own.count(app).records >= limits.perApp)
      throw fail('RECORD_LIMIT', { limit: limits.perApp });
    const first = Promise.withResolvers<boolean>();
    const writing = { place, value, wireKey, after: 0, told: () => first.resolve(true) };
    const work = withLimit({ signal: stopping, milliseconds: BACKGROUND_MS }, (limited) =>
      tell(app, writing, limited),
    );
    background(
      work.then(first.resolve, (error) => {
        first.resolve(false);
        throw error;
      }),
    );
    return (await withPatience(first.promise, { signal, milliseconds: limits.patience })) ?? false;
  };
}

/** The sequence of a record; none when it is from a time when the clock was wrong: nobody would take what follows it. */
function usable(record: OwnRecord | undefined, now: number): number {
  return record && record.sequence <= now + MAX_SKEW ? record.sequence : 0;
}

interface Writing {
  readonly place: Place;
  readonly value: Uint8Array;
  readonly wireKey: Uint8Array;
  /** A sequence that the record's must be above. */
  readonly after: number;
  /** Called when the first engine has taken it. */
  readonly told: () => void;
}

function getter({ deny }: Surroundings, { exchange, limits }: Parts): Answers['get'] {
  return async ({ app = ENGINE, signal }, place) => {
    const believes = (author: string): boolean => !deny.denies(author) && !deny.evicted(app, author);
    const places = place.authors?.flatMap((author) => {
      const publicKey = publicKeyOf(author);
      return publicKey ? [authorKey(place, publicKey)] : [];
    }) ?? [openKey(place)];
    let newest: SignedRecord | undefined;
    using enough = createPatience(signal, limits.grace);
    const finds = places.map(async (wireKey) => {
      const found = await exchange.find(wireKey, { signal: enough.signal, believes });
      if (!found) return;
      if (!newest || compareRecords(found, newest) > 0) newest = found;
      // What other authors wrote is awaited a little longer.
      enough.begin();
    });
    const ends = await Promise.allSettled(finds);
    if (newest) return newest.value.slice();
    signal.throwIfAborted();
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
    throw fail('RECORD_NOT_FOUND', { namespace: place.namespace });
  };
}

/** What comes within this time and before the signal; `undefined` when it does not. Never waits longer. */
async function withPatience<T>(
  work: Promise<T>,
  { signal, milliseconds }: { readonly signal: AbortSignal; readonly milliseconds: number },
): Promise<T | undefined> {
  using patience = createPatience(signal, milliseconds);
  patience.begin();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const end = (): void => resolve(undefined);
  patience.signal.addEventListener('abort', end, { once: true });
  if (patience.signal.aborted) end();
  return Promise.race([work, promise]);
}
