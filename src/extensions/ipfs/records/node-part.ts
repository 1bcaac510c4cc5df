/**
 * The part of the node that keeps signed records in the DHT, and knows who provides what.
 *
 * @module
 */
import { type SigningKey, signingKeyOfNode } from '../message/signing-key.ts';
import type { CreatePart, Surroundings } from '../node/part.ts';
import { createConducts } from './conduct.ts';
import { createExchange } from './exchange.ts';
import { answerOthers } from './handlers.ts';
import { guardKad } from './kad.ts';
import { DEFAULT_RECORD_LIMITS, type RecordLimits } from './limits.ts';
import { answerCalls } from './node-calls.ts';
import { openOwnStore } from './own-store.ts';
import { createProviders } from './providers.ts';
import { openRecordStore } from './record-store.ts';
import { createRenewal, type Renewal } from './renewal.ts';

/** How often is looked for what is due. */
const ROUND_MS = 3_600_000;

export interface RecordsOptions {
  /** By application, where it has a key of its own; the others sign with the node's. */
  readonly keys?: ReadonlyMap<string, SigningKey>;
  readonly limits?: Partial<RecordLimits>;
}

/**
 * The part `records`; `dhtHooks()` belongs to the node that it is made for.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { startNode } from '../fixtures/network.ts';
 * import { dhtHooks } from './hooks.ts';
 * await using alone = await startNode({ dht: dhtHooks(), parts: [createRecordsPart()] });
 * const place = { namespace: 'notes', key: new Uint8Array([1]) };
 * const put = await alone.call('records.put', [place, new Uint8Array([7])], { app: 'notes' });
 * assert.equal(put, false, 'nobody else keeps it yet');
 * assert.deepEqual(await alone.call('records.get', [place], { app: 'notes' }), new Uint8Array([7]));
 * ```
 */
export function createRecordsPart({ keys = new Map(), limits: given = {} }: RecordsOptions = {}): CreatePart {
  const limits = { ...DEFAULT_RECORD_LIMITS, ...given };
  return async (surroundings) => {
    const { node, clock, count, log, signal } = surroundings;
    const now = (): number => clock.now().epochMilliseconds;
    const nodeKey = signingKeyOfNode(node.privateKey);
    const keyOf = (app: string): SigningKey => keys.get(app) ?? nodeKey;
    const stop = new AbortController();
    const running = new Set<Promise<unknown>>();
    function background(work: Promise<unknown>): void {
      const ended = work
        .catch((error: unknown) => {
          if (!stop.signal.aborted && !signal.aborted) log.debug('Work on records was given up', {}, error);
        })
        .finally(() => running.delete(ended));
      running.add(ended);
    }
    const within: Surroundings = { ...surroundings, signal: AbortSignal.any([signal, stop.signal]) };
    const kad = await guardKad(node, now);
    const store = openRecordStore(node.store.database, {
      limits,
      now,
      evicted: () => count('records_evicted_total'),
    });
    const own = openOwnStore(node.store.database);
    const watch = answerOthers(within, { kad, store, conducts: createConducts(limits, now) });
    const exchange = createExchange(within, { kad, store, watch, limits, background });
    const providers = await createProviders(within, { kad, own, exchange, limits });
    const parts = { kad, store, own, exchange, providers, limits, keyOf, background };
    const renewal = createRenewal(within, parts);
    background(rounds(within, renewal));
    return {
      name: 'records',
      calls: { ...answerCalls(within, { ...parts, renewal }) },
      async [Symbol.asyncDispose]() {
        stop.abort(new Error('The records of the node are being closed'));
        renewal[Symbol.dispose]();
        while (running.size > 0) await Promise.all(running);
      },
    };
  };
}

/** The first at once: what was due while the node did not run. */
async function rounds({ clock, signal, log }: Surroundings, renewal: Renewal): Promise<void> {
  while (!signal.aborted) {
    await renewal.round().catch((error: unknown) => {
      if (!signal.aborted) log.warn('Records could not be renewed; tried again in an hour', {}, error);
    });
    await clock.sleepUntil(clock.now().add({ milliseconds: ROUND_MS }), { signal });
  }
}
