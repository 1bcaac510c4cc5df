/**
 * Engines on one machine that share the notice board, each a process with a home of its own.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const application = import.meta.dirname;

export interface EnginesOptions {
  /** Where each engine has a folder. */
  readonly folder: string;
  /** Of the first engine; the others have the next ones. 0: whichever are free. */
  readonly port: number;
  readonly names: readonly string[];
  /** Runs like the others and is on nobody's list of authors. */
  readonly stranger?: string;
}

export interface Engine {
  readonly name: string;
  /** What the others know it by. */
  readonly peer: string;
  readonly home: string;
  /** Of the page. */
  readonly url: string;
  /** What it has written so far. */
  readonly log: () => string;
}

export interface Engines extends AsyncDisposable {
  readonly engines: readonly Engine[];
  /** Resolves when one of them has ended by itself. */
  readonly ended: Promise<unknown>;
}

/**
 * Starts them. The identities are made first, so that everybody's list of authors has all of them; the first engine is
 * the one that the others ask for their way. Rejects with what an engine says when it does not start.
 */
export async function startEngines({ folder, port, names, stranger }: EnginesOptions): Promise<Engines> {
  await using stack = new AsyncDisposableStack();
  const all = [...names, ...(stranger === undefined ? [] : [stranger])];
  const found = all.map(async (name) => ({ name, ...(await prepare(join(folder, name))) }));
  const known = await Promise.all(found);
  const authors = known.filter(({ name }) => name !== stranger).map(({ peer }) => peer);
  const running: (Engine & Process)[] = [];
  for (const [index, { name, home, peer }] of known.entries()) {
    const bootstrap = running[0] ? await addressesOf(running[0]) : [];
    const config = {
      'http-gateway': { port: port === 0 ? 0 : port + index },
      ipfs: { bootstrap, topics: { noticeboard: { authors } } },
    };
    await writeFile(join(home, 'config.json'), `${JSON.stringify(config, undefined, 2)}\n`);
    const engine = stack.use(start(home));
    const [, url = ''] = await engine.until(/^noticeboard runs at (\S+)$/m);
    running.push({ ...engine, name, peer, home, url });
  }
  const moved = stack.move();
  return {
    engines: running,
    ended: Promise.race(running.map(({ ended }) => ended)),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

async function prepare(home: string): Promise<{ readonly home: string; readonly peer: string }> {
  await mkdir(home, { recursive: true });
  const { out } = await start(home, 'identity').ended;
  return { home, peer: out.trim() };
}

/** Where a running engine can be reached, once its node has started. */
async function addressesOf({ home, until }: Engine & Process): Promise<readonly string[]> {
  await until(/IPFS node (is running|cannot start)/);
  for (;;) {
    const { out } = await start(home, 'peers', '--json').ended;
    const { state, addresses = [] } = JSON.parse(out) as { state: string; addresses?: readonly string[] };
    if (addresses.length > 0) return addresses;
    if (state !== 'starting') throw new Error(`The IPFS node of ${home} is ${state}: see its log`);
  }
}

interface Process extends AsyncDisposable {
  readonly log: () => string;
  /** Resolves when what it writes matches; rejects when it ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Rejects when it fails. */
  readonly ended: Promise<{ readonly out: string }>;
}

/** A command of hermes for this home; by default an engine with the notice board. */
function start(home: string, ...words: readonly string[]): Process {
  const args = words.length > 0 ? words : ['run', application];
  const child: ChildProcess = spawn(process.execPath, [command, ...args, '--home', home], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', log: '' };
  const watchers = new Set<() => void>();
  const hear = (chunk: Buffer, out: boolean): void => {
    text.log += chunk.toString();
    if (out) text.out += chunk.toString();
    for (const look of watchers) look();
  };
  child.stdout?.on('data', (chunk: Buffer) => hear(chunk, true));
  child.stderr?.on('data', (chunk: Buffer) => hear(chunk, false));
  const { promise: ended, resolve, reject } = Promise.withResolvers<{ readonly out: string }>();
  child.on('error', reject);
  child.on('close', (code, signal) => {
    if (code === 0 || signal !== null) resolve({ out: text.out });
    else reject(new Error(`hermes ${args.join(' ')} ended with ${code}:\n${text.log}`));
  });
  // Whoever waits hears of it; an engine that nobody waits for has said why in its log.
  ended.catch(() => undefined);
  return {
    log: () => text.log,
    ended,
    until: (pattern) =>
      new Promise((found, failed) => {
        const look = (): void => {
          const match = pattern.exec(text.log);
          if (!match) return;
          watchers.delete(look);
          found(match);
        };
        watchers.add(look);
        look();
        ended.then(() => failed(new Error(`It ended too early:\n${text.log}`)), failed);
      }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      // Why it ended was for whoever waited; here it only has to be gone.
      await ended.catch(() => undefined);
    },
  };
}
