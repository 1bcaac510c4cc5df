/**
 * An engine that has files, in a process of its own: prints where it is and what they are called, and ends with its
 * standard input.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, startEngine } from '../test/ipfs/fixtures/engines.ts';

/** What is printed. */
export interface Provided {
  readonly addresses: readonly string[];
  readonly paths: readonly string[];
}

export const FILES = { count: 20, bytes: 10_000_000 };

async function provide(engine: Engine): Promise<Provided> {
  const paths: string[] = [];
  for (let n = 0; n < FILES.count; n++)
    paths.push(String(await engine.ask('add', '', randomBytes(FILES.bytes))));
  return { addresses: engine.addresses, paths };
}

async function main(): Promise<void> {
  await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-bench-'));
  await using engine = await startEngine({ home: home.path });
  console.log(JSON.stringify(await provide(engine)));
  for await (const _ of process.stdin);
}

if (import.meta.main) await main();
