/**
 * The part of a pool that stands beside the guests: it knows the guest halves of the extensions and the
 * component runtime, and nothing of queues or bindings. In a threaded pool this file runs in each worker.
 *
 * @module
 */
import type { Component, Instance, InstancePre } from '../component/api.ts';
import { createLinker } from '../component/index.ts';
import type { Clock, GuestHalf, GuestImports } from '../engine/extension.ts';
import type { CodedError } from '../lib/errors.ts';
import { type Ask, type CallFacts, CallSlot, type Entering } from './guest-call.ts';
import { hostInterfaces } from './host-imports.ts';

/** Where guests' imports come from: an extension by name, and the module that exports its guest half. */
export interface GuestModule {
  readonly name: string;
  readonly guest: URL;
}

export interface GuestRunnerOptions {
  readonly halves: readonly GuestModule[];
  /** Imports that belong to no extension: those of WASI. */
  readonly imports?: GuestImports;
}

export interface GuestRunnerDeps {
  readonly clock: Clock;
  /** Makes chance repeatable, for tests. */
  readonly seed?: string | undefined;
}

/** One call to make. */
export interface GuestTask {
  readonly pre: InstancePre;
  readonly facts: CallFacts;
  readonly args: readonly unknown[];
  /** Answers the guest's remote calls. */
  readonly ask: Ask;
  /** Hears, each time, that the guest is about to go on after it waited. */
  readonly entering?: Entering;
}

/** A call under way. */
export interface GuestRun {
  /** Settles when the instance is gone and what the call held is disposed. */
  readonly done: Promise<unknown>;
  /** Ends the guest with a real trap if it is suspended. */
  end(reason: CodedError): void;
}

export interface GuestRunner {
  /** Binds every import, once. Throws `LINK`, naming all that nobody offers. */
  link(component: Component): InstancePre;
  /** Calls the export that the event names. */
  run(task: GuestTask): GuestRun;
}

/**
 * Loads the guest halves and binds them to a linker, once.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createClock } from '../lib/clock.ts';
 * import { compile } from '../component/index.ts';
 * const runner = await createGuestRunner({ halves: [] }, { clock: createClock() });
 * const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
 * assert.deepEqual(runner.link(await compile(empty)).component.exports, []);
 * ```
 */
export async function createGuestRunner(
  { halves, imports = {} }: GuestRunnerOptions,
  { clock, seed }: GuestRunnerDeps,
): Promise<GuestRunner> {
  const linker = createLinker();
  const own = { name: 'wasi', imports };
  const offered = await Promise.all(
    halves.map(async ({ name, guest }) => ({ name, imports: await importsOf(guest) })),
  );
  for (const [index, { name, imports: from }] of [...offered, own].entries()) {
    for (const [iface, functions] of hostInterfaces(from, { index, extension: name })) {
      linker.define(iface, functions);
    }
  }
  return {
    link: (component) => linker.link(component),
    run: ({ pre, facts, args, ask, entering }) =>
      run(pre, new CallSlot(facts, { clock, ask, entering, seed }), args),
  };
}

async function importsOf(guest: URL): Promise<GuestImports> {
  const half = (await import(guest.href)) as { readonly guest: GuestHalf };
  return half.guest.imports();
}

function run(pre: InstancePre, slot: CallSlot, args: readonly unknown[]): GuestRun {
  let instance: Instance | undefined;

  async function call(): Promise<unknown> {
    // Disposed from the last to the first: the instance lets go of its handles, then the event ends.
    using stack = new DisposableStack();
    stack.defer(() => slot.end());
    instance = stack.use(pre.acquire(slot));
    return await instance.call(slot.facts.event.name, args);
  }

  const done = call().finally(() => {
    instance = undefined;
  });
  return { done, end: (reason) => instance?.end(reason) };
}
