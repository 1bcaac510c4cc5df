/**
 * What a message costs from guest to guest, through two engines, beside the same message between two nodes of
 * js-libp2p that do nothing else; how long one takes when nothing else is going on; how late the main thread is while
 * its node fetches a large file; and what the node adds to an engine's memory.
 *
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerOptions, Publish, ToPeer } from './ipfs-peer.ts';
import { measure, type Result, spread, type Variant } from './measure.ts';
import { medianOf, type Part } from './part.ts';

const KINDS = ['bare', 'raw', 'signed', 'cose'] as const;
type Kind = (typeof KINDS)[number];
/** Messages of one round: all of them are heard before the next begins, so that nothing is dropped. */
const SIZES = [
  { name: '100', bytes: 100, round: 256 },
  { name: '1k', bytes: 1_024, round: 256 },
  { name: '64k', bytes: 65_536, round: 32 },
] as const;
const LISTENERS = { one: 1, four: 4 } as const;
/** At least so many times as fast as js-libp2p alone, one wants. */
const WANTED: Readonly<Record<Kind, number>> = { bare: 1, raw: 0.8, signed: 0.8, cose: 0.5 };
const SINGLE = 200;

export const ipfsPart: Part = {
  name: 'ipfs',
  rows: [
    ...Object.keys(LISTENERS).flatMap((to) =>
      SIZES.flatMap(({ name }) => KINDS.map((kind) => `ipfs/${to}-${name}-${kind}`)),
    ),
    'ipfs/idle-signed',
  ],
  counts: 'messages',
  async measure({ only, quick }) {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-bench-')));
    const groups = new Map<Kind, Group>();
    const used: Wanted['used'] = new Map();
    const wants = (kind: Kind): boolean => ipfsPart.rows.some((row) => row.endsWith(kind) && only.test(row));
    // What is compared with js-libp2p alone needs it.
    for (const kind of KINDS.filter((each) => each === 'bare' || wants(each)))
      groups.set(kind, await startGroup(stack, kind, folder.path));
    const variants = [...groups].flatMap(([kind, group]) => variantsOf(kind, group, { only, quick, used }));
    const rows = await measure(variants, { warmUp: quick ? 32 : 256, blocks: quick ? 3 : 10 });
    const counted = rows.map((row) => ({ ...row, perSecond: Math.round(1e6 / row.us.median) }));
    const signed = groups.get('signed');
    const idle = signed && only.test('ipfs/idle-signed') ? [await idleRow(signed)] : [];
    return { rows: [...counted, ...idle], lines: [...ratiosOf(rows, used), ...idle.map(idleLine)] };
  },
};

interface Wanted {
  readonly only: RegExp;
  readonly quick: boolean;
  /** By row: processor time of all peers for one message, of each block. */
  readonly used: Map<string, number[]>;
}

function variantsOf(kind: Kind, group: Group, { only, quick, used }: Wanted): readonly Variant[] {
  return Object.entries(LISTENERS)
    .flatMap(([to, listeners]) =>
      SIZES.map(({ name: size, bytes, round }) => ({
        name: `ipfs/${to}-${size}-${kind}`,
        block: (quick ? 1 : 4) * round,
        async run(times: number) {
          const before = await group.used();
          for (let left = times; left > 0; left -= round)
            await group.round({ one: listeners === 1, bytes, times: Math.min(left, round) });
          const all = used.getOrInsertComputed(`ipfs/${to}-${size}-${kind}`, () => []);
          all.push(((await group.used()) - before) / times);
        },
      })),
    )
    .filter(({ name }) => only.test(name) || only.test(name.replace(/-bare$/, '-signed')));
}

function ratiosOf(rows: readonly Result[], used: Wanted['used']): readonly string[] {
  const lines: string[] = [];
  for (const to of Object.keys(LISTENERS))
    for (const { name } of SIZES)
      for (const kind of KINDS.slice(1)) {
        const [bare, row] = [`ipfs/${to}-${name}-bare`, `ipfs/${to}-${name}-${kind}`];
        const ratio = medianOf(rows, bare) / medianOf(rows, row);
        if (Number.isNaN(ratio)) continue;
        const time = (of: string): number => spread(used.get(of) ?? [Number.NaN]).median;
        const cost = `${time(row).toFixed(0)} µs of processors for each message, ${time(bare).toFixed(0)} there`;
        lines.push(
          `${row}: ${ratio.toFixed(2)} times as fast as js-libp2p alone, wanted ${WANTED[kind]}; ${cost}`,
        );
      }
  return lines;
}

/** One message at a time, from the call of the publishing guest to the event of the other. */
async function idleRow(group: Group): Promise<Result> {
  const times: number[] = [];
  for (let n = 0; n < SINGLE; n++) {
    times.push(1_000 * (await group.round({ one: true, bytes: 1_024, times: 1 })));
    // As it is between people: nothing is warm from the one before.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { name: 'ipfs/idle-signed', us: spread(times), blocks: SINGLE, callsPerBlock: 1 };
}

function idleLine({ us }: Result): string {
  return `From publish to on-topic ${(us.median / 1_000).toFixed(1)} ms when idle, wanted less than 5`;
}

/** One publisher and four subscribers, all connected to each other. */
interface Group {
  /** Publishes and resolves when all have heard all of it: with the milliseconds from the first call to the last event. */
  round(what: Publish): Promise<number>;
  /** Processor time of all peers, in microseconds. */
  used(): Promise<number>;
}

async function startGroup(stack: AsyncDisposableStack, kind: Kind, folder: string): Promise<Group> {
  const key = join(folder, 'key.pem');
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFile(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const begin = async (n: number, role: PeerOptions['role'], others: readonly string[]): Promise<Peer> => {
    const { ask } = startPeer(stack);
    const home = join(folder, `${kind}-${n}`);
    return { ask, addresses: (await ask({ start: { kind, home, key, role, others } })) as readonly string[] };
  };
  const publisher = await begin(0, 'publisher', []);
  const subscribers = await Promise.all(
    (['first', 'other', 'other', 'other'] as const).map((role, n) => begin(n + 1, role, publisher.addresses)),
  );
  const peers = [publisher, ...subscribers];
  for (const [n, peer] of peers.entries())
    await peer.ask({ connect: peers.slice(0, n).flatMap(({ addresses }) => addresses) });
  for (const peer of peers) await peer.ask({ ready: peers.length - 1 });
  const round = async (what: Publish): Promise<number> => {
    const listeners = what.one ? subscribers.slice(0, 1) : subscribers;
    const heard = Promise.all(listeners.map((peer) => peer.ask({ hear: what.times })));
    const begun = (await publisher.ask({ publish: what })) as number;
    return Math.max(...((await heard) as number[])) - begun;
  };
  const used = async (): Promise<number> => {
    const all = (await Promise.all(peers.map((peer) => peer.ask({ used: true })))) as number[];
    return all.reduce((sum, each) => sum + each, 0);
  };
  return { round: await meshed(round), used };
}

/** Waits until the mesh has grown: whoever is not in it yet hears what it missed a second later, or never. */
async function meshed(round: Group['round']): Promise<Group['round']> {
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  await round({ one: true, bytes: 100, times: 1 });
  await round({ one: false, bytes: 100, times: 1 });
  return round;
}

interface Peer {
  readonly addresses: readonly string[];
  ask(message: ToPeer): Promise<unknown>;
}

/** A child that answers in the order in which it is asked. */
function startPeer(stack: AsyncDisposableStack): Pick<Peer, 'ask'> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'ipfs-peer.ts'));
  stack.defer(async () => {
    const exited = once(child, 'exit');
    child.kill();
    await exited;
  });
  return {
    async ask(message) {
      child.send(message);
      const [told] = (await once(child, 'message')) as [
        { readonly answer: unknown } | { readonly failed: string },
      ];
      if ('failed' in told) throw new Error(told.failed);
      return told.answer;
    },
  };
}
