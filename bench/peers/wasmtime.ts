/**
 * wasmtime as a peer: builds our small Rust program with cargo and lets it run blocks of calls when it is told to,
 * so that they take turns with ours.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Workload } from '../calls.ts';
import type { Variant } from '../measure.ts';

const folder = join(import.meta.dirname, 'wasmtime');
const target = join(import.meta.dirname, '../../node_modules/.cache/hermes/peers');

/** A running peer: its variants of one workload. */
export interface Peer extends AsyncDisposable {
  readonly variants: readonly Variant[];
}

/** Whether cargo is there. */
export function hasCargo(): boolean {
  return spawnSync('cargo', ['--version']).status === 0;
}

/** Builds the program: minutes for the first time. Answers its path; throws with what cargo said. */
export function buildWasmtime(): string {
  const { status } = spawnSync('cargo', ['build', '--release', '--locked', '--target-dir', target], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('Cannot build the wasmtime peer: cargo says why above');
  return join(target, 'release/hermes-peer-wasmtime');
}

/** Starts the program for one workload; each of its allocators has answered rightly once when this resolves. */
export async function startWasmtime(program: string, workload: Workload, bytes: Uint8Array): Promise<Peer> {
  const room = await mkdtemp(join(tmpdir(), 'hermes-peer-'));
  const [body, headers, path, method] = workload.args as [Uint8Array, unknown, string, string];
  const component = join(room, 'component.wasm');
  const question = join(room, 'question.json');
  await writeFile(component, bytes);
  await writeFile(question, JSON.stringify({ body: [...body], headers, path, method }));
  const child = spawn(program, [component, question], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`Cannot measure ${workload.name}: the wasmtime peer has ended`);
    return value;
  };
  const variants: Variant[] = [];
  for (const name of ['ondemand', 'pooling']) {
    const answer = await next();
    if (!workload.body.test(answer))
      throw new Error(`Cannot measure ${workload.name}: wasmtime's guest answered ${answer}`);
    variants.push({
      name: `call/${workload.name}/wasmtime-${name}`,
      block: workload.block.fresh,
      run: async (times) => {
        child.stdin.write(`${name} ${times}\n`);
        return Number(await next()) / 1000;
      },
    });
  }
  return {
    variants,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
      await rm(room, { recursive: true });
    },
  };
}
