/**
 * Random core modules that always end: globals, tables, memories, growth, traps. As text, so that a component can
 * be made around them.
 *
 * @module
 */
import { randomBodies } from './random-core-code.ts';

export type CoreType = 'i32' | 'i64' | 'f32' | 'f64';

export interface CoreFunction {
  readonly name: string;
  readonly params: readonly CoreType[];
  readonly result: CoreType | undefined;
}

export interface CoreMemory {
  readonly minimum: number;
  readonly maximum: number | undefined;
  readonly wide: boolean;
}

export interface RandomCore {
  /** The text of the module, without the outer `(module …)`. */
  readonly text: string;
  /** Exported functions. None of them accesses what lies between the virtual and the physical size of a memory. */
  readonly functions: readonly CoreFunction[];
  /**
   * Exported functions that do: `(i32) -> i32`, loads at this distance from the virtual end of memory 0. Only there
   * may an instance that was put back differ from a fresh one: it reads zeros where the other traps.
   */
  readonly gaps: readonly CoreFunction[];
  readonly memories: readonly CoreMemory[];
  /** Exported as `global0`, `memory0`, `table0`, …, where the options say so. */
  readonly globals: number;
  readonly tables: number;
}

export interface RandomCoreOptions {
  /** Export memories, globals and tables, so that they can be compared. */
  readonly visible?: boolean;
  /** Import `host.f: (i32) -> i32` and `host.g: i32`. */
  readonly imports?: boolean;
  /** What an instance cannot be put back from: `table.grow`, dropped segments, a `v128` global that is set. */
  readonly obstacles?: boolean;
  /** Begin memories with pages that look like an unused stack. */
  readonly stack?: boolean;
}

/** A random number below `n`, as `generator` of `mutate.ts` gives it. */
export type Random = (n: number) => number;

export const coreTypes: readonly CoreType[] = ['i32', 'i64', 'f32', 'f64'];

/** What code may use. */
export interface CoreSpace {
  readonly memories: readonly CoreMemory[];
  readonly globals: readonly CoreType[];
  /** Entries of tables of functions. */
  readonly tables: readonly number[];
  readonly functions: readonly CoreFunction[];
  readonly segments: number;
  readonly elements: number;
  readonly options: RandomCoreOptions;
}

/**
 * A module, the same for the same random numbers.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
 * import { generator } from './mutate.ts';
 * const { text, functions } = randomCore(generator(1));
 * const { exports } = new WebAssembly.Instance(new WebAssembly.Module(await parse(`(module ${text})`)));
 * assert.ok(functions.every(({ name }) => typeof exports[name] === 'function'));
 * ```
 */
export function randomCore(random: Random, options: RandomCoreOptions = {}): RandomCore {
  const many = <T>(least: number, most: number, make: (index: number) => T): T[] =>
    Array.from({ length: least + random(most - least + 1) }, (_, index) => make(index));
  const memories = many(0, 2, (): CoreMemory => {
    const minimum = random(4) + (options.stack ? 3 : 0);
    const maximum = random(2) ? undefined : minimum + random(6);
    return { minimum, maximum, wide: random(6) === 0 && !options.stack };
  });
  const globals = many(0, 5, () => pick(random, coreTypes));
  const tables = many(0, 2, () => 1 + random(8));
  const functions = many(3, 7, (index): CoreFunction => {
    const params = many(0, 3, () => pick(random, coreTypes));
    return { name: `f${index}`, params, result: random(5) ? pick(random, coreTypes) : undefined };
  });
  const space: CoreSpace = {
    memories,
    globals,
    tables,
    functions,
    segments: memories.length > 0 ? random(3) : 0,
    elements: tables.length > 0 ? random(2) : 0,
    options,
  };
  const narrow = memories[0] !== undefined && !memories[0].wide;
  const gaps: CoreFunction[] = narrow ? [{ name: 'gap', params: ['i32'], result: 'i32' }] : [];
  const text = [
    ...importsOf(options),
    ...declarations(random, space),
    ...randomBodies(random, space),
    ...(narrow ? [GAP] : []),
    ...(random(3) === 0 && functions.some(startable) ? [`(start $f${functions.findIndex(startable)})`] : []),
  ];
  return { text: text.join('\n'), functions, gaps, memories, globals: globals.length, tables: tables.length };
}

const GAP = `(func (export "gap") (param i32) (result i32)
  (i32.load8_u (i32.add (i32.mul (memory.size) (i32.const 65536)) (local.get 0))))`;

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)] as T;
}

/** Only `f0` never traps. */
function startable({ name, params, result }: CoreFunction): boolean {
  return name === 'f0' && params.length === 0 && result === undefined;
}

function importsOf({ imports }: RandomCoreOptions): string[] {
  if (!imports) return [];
  return [
    '(import "host" "f" (func $host (param i32) (result i32)))',
    '(import "host" "g" (global $given i32))',
  ];
}

function declarations(random: Random, space: CoreSpace): string[] {
  const { memories, globals, tables, functions, segments, elements, options } = space;
  const exported = (kind: string, index: number): string =>
    options.visible ? ` (export "${kind}${index}")` : '';
  const lines = memories.map(({ minimum, maximum, wide }, index) => {
    const limits = `${wide ? 'i64 ' : ''}${minimum}${maximum === undefined ? '' : ` ${maximum}`}`;
    return `(memory $m${index}${exported('memory', index)} ${limits})`;
  });
  globals.forEach((type, index) => {
    const initial =
      options.imports && type === 'i32' && random(2)
        ? '(global.get $given)'
        : `(${type}.const ${random(100)})`;
    lines.push(`(global $g${index}${exported('global', index)} (mut ${type}) ${initial})`);
  });
  if (options.obstacles) lines.push('(global $vector (mut v128) (v128.const i64x2 1 2))');
  tables.forEach((entries, index) => {
    lines.push(`(table $t${index}${exported('table', index)} ${entries} ${entries + random(4)} funcref)`);
    const some = Array.from({ length: random(entries + 1) }, () => `$${pick(random, functions).name}`);
    lines.push(`(elem (table $t${index}) (i32.const 0) func ${some.join(' ')})`);
  });
  if (options.stack) lines.push('(global (mut i32) (i32.const 196608))');
  const first = options.stack ? 131_072 : 0;
  memories.forEach(({ minimum, wide }, index) => {
    if (minimum === 0) return;
    lines.push(
      `(data (memory $m${index}) (${wide ? 'i64' : 'i32'}.const ${first + random(60_000)}) "active ${random(1e6)}")`,
    );
  });
  for (let i = 0; i < segments; i++) lines.push(`(data $d${i} "passive ${random(1e6)}")`);
  for (let i = 0; i < elements; i++)
    lines.push(
      `(elem $e${i} func ${functions
        .slice(0, 1 + random(3))
        .map(({ name }) => `$${name}`)
        .join(' ')})`,
    );
  return lines;
}
