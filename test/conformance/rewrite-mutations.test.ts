/**
 * Damaged core modules: the rewriter refuses them with a code, or what it makes of them is valid and does the same.
 * A mutant may run for ever, so the rewritten one goes first, on little fuel.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { core, instantiate } from '../../src/component/rewrite/fixtures/instance.ts';
import { type RewriteOptions, rewriteCore } from '../../src/component/rewrite/index.ts';
import { seldomBelow } from '../../src/component/rewrite/stack.ts';
import { isCoded } from '../../src/lib/errors.ts';
import { count, seed } from '../count.ts';
import { resultText } from './core-values.ts';
import { CoreWorld } from './core-world.ts';
import { damage, generator } from './mutate.ts';
import { type Random, randomCore } from './random-core.ts';
import { head, readWast } from './wast.ts';

const FUEL = 100_000n;

/** Modules of the sample, which have every instruction, and random ones, which have many. */
async function corpus(): Promise<Uint8Array<ArrayBuffer>[]> {
  const text = await readFile(join(import.meta.dirname, 'core-sample.wast'), 'utf8');
  const modules = readWast(text).filter((list) => head(list) === 'module');
  const sample = modules.map(async ({ start, end }) => new Uint8Array(await parse(text.slice(start, end))));
  const random = Array.from({ length: 30 }, (_, n) =>
    core(randomCore(generator(seed + n), { visible: true, obstacles: n % 2 === 0 }).text),
  );
  return Promise.all([...sample, ...random]);
}

/** Damage in one or two places behind the header. */
function mutant(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let out = [...bytes];
  for (let times = 1 + random(2); times > 0; times--) {
    if (out.length > 8) out = damage(out, 8 + random(out.length - 8), random);
  }
  return new Uint8Array(out);
}

/** All that a module wants, so far as one can guess. */
function imports(bytes: Uint8Array<ArrayBuffer>): Record<string, Record<string, unknown>> {
  const world = new CoreWorld();
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 3 });
  const made: Record<string, Record<string, unknown>> = Object.create(null);
  for (const { module, name, kind } of WebAssembly.Module.imports(new WebAssembly.Module(bytes))) {
    made[module] ??= { ...(module === 'spectest' ? world.registered('spectest') : {}) };
    made[module][name] ??= kind === 'memory' ? memory : kind === 'function' ? () => 0 : undefined;
  }
  return made;
}

type Run = (name: string, args: readonly unknown[]) => string;

function text(run: () => unknown): string {
  try {
    return resultText(run());
  } catch (error) {
    if (!(error instanceof Error)) return 'threw';
    // How deep a stack goes, and how much there is of the heap, depends on what else there is.
    return error instanceof RangeError ? 'RangeError' : `${error.name}: ${error.message}`;
  }
}

/** Calls every exported function a few times; `undefined` once it cannot be compared any more. */
function series(names: readonly string[], random: Random, run: Run, done: () => boolean): string[] {
  const found: string[] = [];
  for (let n = 0; n < 12 && names.length > 0; n++) {
    const name = names[random(names.length)] as string;
    const args = Array.from({ length: 4 }, () => random(200) - 20);
    const wide = random(3) === 0;
    const answer = run(name, wide ? args.map(BigInt) : args);
    if (done()) break;
    found.push(`${name}: ${answer}`);
  }
  return found;
}

/** Stores are looked at in half of them. */
function optionsOf(seeded: number): RewriteOptions {
  return { tableEntries: 10_000_000, below: seeded % 2 === 0 ? 1_024 : 0 };
}

/** What a mutant does is compared as long as there is fuel; says how it ended. */
function check(bytes: Uint8Array<ArrayBuffer>, seeded: number): string {
  let imported: Record<string, Record<string, unknown>>;
  // Whatever it is, this answers.
  assert.ok(seldomBelow([bytes]) >= 0);
  const options = optionsOf(seeded);
  try {
    rewriteCore(bytes, options);
    imported = imports(bytes);
  } catch (error) {
    if (!isCoded(error)) throw error;
    assert.equal(WebAssembly.validate(bytes), error.code === 'CORE_RESERVED');
    return error.code;
  }
  const { bytes: rewritten, report } = rewriteCore(bytes, options);
  assert.ok(WebAssembly.validate(rewritten));
  if (report.unsupported !== undefined) {
    assert.match(report.unsupported, /^It waits on shared memory/);
    return 'waits';
  }
  const made = text(() => {
    instantiate(bytes, { imports: imported, startFuel: FUEL, ...options });
    return 'instance';
  });
  // The original might start for ever.
  if (report.start !== undefined && /unreachable/.test(made)) return 'starts';
  const plain = text(() => {
    new WebAssembly.Instance(new WebAssembly.Module(bytes), imported);
    return 'instance';
  });
  assert.equal(made, plain);
  if (made !== 'instance') return 'fails alike';
  return compareCalls(bytes, imports(bytes), imports(bytes), seeded);
}

function compareCalls(
  bytes: Uint8Array<ArrayBuffer>,
  left: Record<string, Record<string, unknown>>,
  right: Record<string, Record<string, unknown>>,
  seeded: number,
): string {
  const live = instantiate(bytes, { imports: left, ...optionsOf(seeded) });
  const { fuel } = live.report;
  let exhausted = false;
  const names = Object.keys(live.exports).filter(
    (name) => typeof live.exports[name] === 'function' && !name.startsWith('$'),
  );
  const actual = series(
    names,
    generator(seeded),
    (name, args) => {
      if (fuel !== undefined) live.fuel = FUEL;
      const answer = text(() => live.exports[name](...args));
      exhausted = fuel !== undefined && live.fuel < 0n;
      return answer;
    },
    () => exhausted,
  );
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), right) as { exports: any };
  let remaining = actual.length;
  const expected = series(
    names,
    generator(seeded),
    (name, args) => (remaining-- > 0 ? text(() => exports[name](...args)) : ''),
    () => remaining < 0,
  );
  assert.deepEqual(actual, expected);
  return exhausted ? 'same, then out of fuel' : 'same';
}

test('a damaged core module is refused, or does what it does without us', {
  timeout: 3_600_000,
}, async (t) => {
  const modules = await corpus();
  const tally: Record<string, number> = {};
  for (let n = 0; n < count(100_000); n++) {
    const random = generator(seed + n);
    const bytes = mutant(modules[random(modules.length)] as Uint8Array, random);
    try {
      const ended = check(bytes, seed + n);
      tally[ended] = (tally[ended] ?? 0) + 1;
    } catch (error) {
      throw new Error(`Mutant ${n}: ${Buffer.from(bytes).toString('base64')}`, { cause: error });
    }
  }
  t.diagnostic(JSON.stringify(tally));
  assert.ok((tally['CORE_MALFORMED'] ?? 0) > 0 && (tally['same'] ?? 0) > 0);
});
