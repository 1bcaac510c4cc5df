import { failures } from '../../../lib/errors.ts';
import { createSlots, type Slots } from '../../../lib/slots.ts';
import {
  type CreatePart,
  handOver,
  type NodeCall,
  type NodeMethod,
  type Surroundings,
} from '../node/part.ts';
import { addFile } from './add.ts';
import { type Announcer, createAnnouncer } from './announce.ts';
import { createBarrier } from './barrier.ts';
import { type Blocks, openBlocks, type Work } from './blocks.ts';
import type { FileCalls } from './calls.ts';
import { createCollector } from './collect.ts';
import { readAll } from './content.ts';
import { errors } from './errors.ts';
import { createFetcher } from './fetch.ts';
import { FILE_LIMITS, type FileLimits } from './limits.ts';
import { list, look } from './list.ts';
import { createMemory } from './memory.ts';
import { type IpfsPath, readPath } from './path.ts';
import { openPins, type Pins } from './pins.ts';
import { createRoom, type Room } from './room.ts';
import { keepStanding } from './standing.ts';
import { type FileNode, resolve } from './tree.ts';
import { watchUnasked } from './unasked.ts';
import { walk } from './walk.ts';
import { watchWanted } from './wanted.ts';

const fail = failures(errors);

/** Blocks above and beside a file that are no content: folders on the way, and what says how pieces follow. */
const FRAME_BLOCKS = 1_024;
const FRAME_BYTES = 16 * 1024 * 1024;

/** The smallest pieces that a file may be made of, on average. */
const SMALL_PIECE = 4_096;

type Calls = {
  readonly [K in keyof FileCalls as K extends `files.${infer Name}` ? Name : never]: (
    call: NodeCall,
    ...args: FileCalls[K]['args']
  ) => Promise<FileCalls[K]['answer']>;
};

interface Tools {
  readonly limits: FileLimits;
  readonly pins: Pins;
  readonly room: Room;
  readonly announcer: Announcer;
  readonly collect: () => Promise<{ readonly blocks: number; readonly bytes: number }>;
  readonly collectLater: () => void;
  /** Runs work for an application, in its turn. */
  readonly run: <T>(call: NodeCall, bounds: Bounds, job: (work: Work) => Promise<T>) => Promise<T>;
}

interface Bounds {
  readonly maxBlocks: number;
  readonly maxBytes: number;
}

/**
 * Files, folders and pins of the node: {@link FileCalls}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { startNode } from '../fixtures/network.ts';
 * await using node = await startNode({ parts: [createFilesPart()] });
 * const { path } = (await node.call('files.add', [Buffer.from('hello world')], { app: 'shop' })) as { path: string };
 * assert.equal(path, '/ipfs/bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e');
 * assert.equal(String(Buffer.from((await node.call('files.get', [path])) as Uint8Array)), 'hello world');
 * ```
 */
export function createFilesPart(given: Partial<FileLimits> = {}): CreatePart {
  const limits: FileLimits = { ...FILE_LIMITS, ...given };
  return async (surroundings) => {
    const { node, clock, log, count } = surroundings;
    const { database } = node.store;
    await using stack = new AsyncDisposableStack();
    const over = stack.adopt(new AbortController(), (controller) => controller.abort());
    const signal = AbortSignal.any([surroundings.signal, over.signal]);
    const barrier = createBarrier();
    const pins = openPins(database, { limits, now: () => clock.now().epochMilliseconds });
    const fetcher = stack.use(createFetcher(node));
    stack.use(watchUnasked(surroundings, fetcher));
    stack.use(keepStanding(surroundings));
    stack.use(await watchWanted(surroundings));
    const blocks = openBlocks({ node, barrier, fetcher, memory: createMemory(limits.workBytes) });
    const announcer = stack.use(createAnnouncer({ node, database, clock, log }));
    const collector = createCollector({ database, barrier, roots: pins.roots, log });
    const collect: Tools['collect'] = async () => {
      const collected = await collector.collect(signal);
      count('collected_blocks_total', {}, collected.blocks);
      count('collected_bytes_total', {}, collected.bytes);
      return collected;
    };
    const later = stack.use(createLater(surroundings, { signal, after: limits.collectAfter, collect }));
    // What was left behind by a kill.
    later.soon();
    const room = createRoom({ database, storeBytes: limits.storeBytes, collect });
    const run = runner({ blocks, limits, signal, room });
    const tools: Tools = { limits, pins, room, announcer, collect, collectLater: later.soon, run };
    const running = stack.move();
    return {
      name: 'files',
      calls: handingOver({ ...reading(tools), ...keeping(tools) }),
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    };
  };
}

/** Files move to the main thread, which a copy of them would hold up. */
function handingOver(calls: Calls): Readonly<Record<string, NodeMethod>> {
  const moving =
    <Args extends readonly unknown[]>(read: (...args: Args) => Promise<Uint8Array<ArrayBuffer>>) =>
    async (...args: Args) => {
      const bytes = await read(...args);
      return handOver(bytes, [bytes]);
    };
  const look: NodeMethod = async (call, ...args: FileCalls['files.look']['args']) => {
    const found = await calls.look(call, ...args);
    return found.kind === 'file' && found.bytes ? handOver(found, [found.bytes]) : found;
  };
  return { ...calls, get: moving(calls.get), read: moving(calls.read), look };
}

interface LaterOptions {
  readonly signal: AbortSignal;
  readonly after: number;
  readonly collect: () => Promise<unknown>;
}

/** One collection some time after the last time that one was asked for. */
function createLater(
  { clock, log }: Surroundings,
  { signal, after, collect }: LaterOptions,
): AsyncDisposable & { soon(): void } {
  let waiting: Promise<void> | undefined;

  async function wait(): Promise<void> {
    try {
      await clock.sleepUntil(clock.now().add({ milliseconds: after }), { signal });
      waiting = undefined;
      await collect();
    } catch (error) {
      if (!signal.aborted) log.error('Cannot remove what nobody has pinned', {}, error);
    }
  }

  return {
    soon() {
      waiting ??= wait();
    },
    async [Symbol.asyncDispose]() {
      await waiting;
    },
  };
}

interface RunnerParts {
  readonly blocks: Blocks;
  readonly limits: FileLimits;
  readonly signal: AbortSignal;
  readonly room: Room;
}

function runner({ blocks, limits, signal, room }: RunnerParts): Tools['run'] {
  const turns = new Map<string, Slots>();
  return async (call, bounds, job) => {
    const both = AbortSignal.any([call.signal, signal]);
    const name = call.app ?? '';
    const slots = turns.getOrInsertComputed(name, () => createSlots(limits.atOnce));
    await slots.take({ signal: both });
    try {
      using work = blocks.begin({ ...bounds, signal: both, beforeFetch: () => room.check() });
      try {
        return await job(work);
      } catch (error) {
        work.abandon();
        throw error;
      }
    } finally {
      slots.release();
      if (slots.taken === 0 && turns.get(name) === slots) turns.delete(name);
    }
  };
}

function reading({ limits, run, room }: Tools): Pick<Calls, 'get' | 'read' | 'stat' | 'list' | 'look'> {
  const bounds: Bounds = {
    maxBlocks: FRAME_BLOCKS + Math.ceil(limits.fileBytes / SMALL_PIECE),
    maxBytes: FRAME_BYTES + limits.fileBytes,
  };
  /** For the blocks of many entries. */
  const wide: Bounds = { ...bounds, maxBlocks: bounds.maxBlocks + 2 * limits.maxEntries };
  function read(call: NodeCall, text: string, range: { readonly start?: number; readonly end?: number }) {
    return run(call, bounds, async (work) => {
      const file = await resolveFile(work, readPath(text));
      await room.make(0);
      return readAll(work, file, { ...range, maxBytes: limits.fileBytes });
    });
  }
  return {
    get: (call, path) => read(call, path, {}),
    read: (call, path, start, end) => read(call, path, { start, end }),
    stat: (call, path) =>
      run(call, bounds, async (work) => {
        const { kind, size, cid } = await resolve(work, readPath(path));
        return { kind, size, cid: cid.toV1().toString() };
      }),
    look: (call, path, want) =>
      run(call, want === 'open' ? wide : bounds, async (work) => {
        await room.make(0);
        return look(work, readPath(path), { want, ...limits });
      }),
    list: (call, path) => run(call, wide, async (work) => list(work, readPath(path), limits.maxEntries)),
  };
}

async function resolveFile(work: Work, path: IpfsPath): Promise<FileNode> {
  const node = await resolve(work, path);
  if (node.kind === 'file') return node;
  throw fail('IPFS_KIND', {
    path: `/ipfs/${[path.cid.toString(), ...path.names].join('/')}`,
    found: node.kind,
  });
}

function keeping({
  limits,
  pins,
  room,
  run,
  announcer,
  collect,
  collectLater,
}: Tools): Pick<Calls, 'add' | 'pin' | 'unpin' | 'pins' | 'collect'> {
  const bounds: Bounds = { maxBlocks: limits.maxPinBlocks, maxBytes: limits.pinnedBytes };
  return {
    add: (call, bytes) =>
      run(call, bounds, async (work) => {
        const app = named(call);
        if (bytes.byteLength > limits.fileBytes) {
          throw fail('IPFS_TOO_LARGE', { size: bytes.byteLength, max: limits.fileBytes });
        }
        pins.check(app, bytes.byteLength);
        await room.make(bytes.byteLength);
        const root = await addFile(work, bytes);
        pins.add(app, root, await walk(work, root));
        announcer.wake();
        return { cid: root.bytes, path: `/ipfs/${root.toString()}` };
      }),
    pin: (call, path) =>
      run(call, bounds, async (work) => {
        const app = named(call);
        const root = await rootOf(work, readPath(path));
        if (pins.has(app, root)) return true;
        pins.check(app, 0);
        await room.make(0);
        pins.add(app, root, await walk(work, root));
        announcer.wake();
        return true;
      }),
    async unpin(call, text) {
      const path = readPath(text);
      // A CID alone waits for no turn: many pins that never end are no reason to keep others.
      const root = isRoot(path) ? path.cid : await run(call, bounds, (work) => rootOf(work, path));
      const had = pins.remove(named(call), root);
      if (!had) return false;
      if (!pins.isRoot(root)) announcer.forget(root);
      room.changed();
      collectLater();
      return true;
    },
    pins: async () => pins.list().map(({ root, ...pin }) => ({ ...pin, cid: root.toString() })),
    collect,
  };
}

/** A CID alone needs no look at its block. */
function isRoot({ names }: IpfsPath): boolean {
  return names.length === 0;
}

async function rootOf(work: Work, path: IpfsPath): Promise<IpfsPath['cid']> {
  return isRoot(path) ? path.cid : (await resolve(work, path)).cid;
}

function named({ app }: NodeCall): string {
  if (app === undefined) throw fail('IPFS_NO_APP');
  return app;
}
