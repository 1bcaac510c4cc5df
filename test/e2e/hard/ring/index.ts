/**
 * An extension whose guests call the application behind theirs: `pass` queues an event for the next one in the ring,
 * caused by the one that calls.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import type { Caller, Emit, Queued, RuntimeExtension } from '../../../../src/engine/extension.ts';

export interface Ring {
  readonly extension: RuntimeExtension;
  /** Queues the first event of a round that nobody caused; `round` is its source, and what its guests hand on. */
  begin(app: string, round: number): Queued;
  /** Every event that was queued, in order. */
  readonly passed: readonly { readonly app: string; readonly round: number; readonly queued: Queued }[];
}

/** A ring of these applications, in which the first follows the last. */
export function createRing(apps: readonly string[]): Ring {
  const passed: { readonly app: string; readonly round: number; readonly queued: Queued }[] = [];
  const emits: Emit[] = [];

  function send(app: string, round: number, cause?: Caller['event']): Queued {
    const [emit] = emits;
    if (!emit) throw new Error('The ring was not started');
    const queued = emit({
      name: 'hermes:ring/event#on-turn',
      source: ['ring', String(round)],
      app,
      modules: 'exporting',
      reply: 'all',
      args: [round],
      ...(cause && { cause }),
    });
    passed.push({ app, round, queued });
    return queued;
  }

  return {
    passed,
    begin: (app, round) => send(app, round),
    extension: {
      name: 'ring',
      guest: new URL('./guest.ts', import.meta.url),
      async start({ emit }) {
        emits.push(emit);
        return {
          async attach({ name }) {
            const next = apps[(apps.indexOf(name) + 1) % apps.length] ?? name;
            const pass = (caller: Caller, round: number): void => void send(next, round, caller.event);
            return { calls: { pass }, async [Symbol.asyncDispose]() {} };
          },
          async [Symbol.asyncDispose]() {},
        };
      },
    },
  };
}

/** The component of `guest.wat`. */
export async function ringComponent(): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await parse(await readFile(join(import.meta.dirname, 'guest.wat'), 'utf8')));
}
