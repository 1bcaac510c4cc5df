/** Loads damaged components one after another and tells how each ended: see `mutations.test.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Component, compile, createLinker } from '../../src/component/index.ts';
import type { ValType } from '../../src/component/types.ts';
import { isCoded } from '../../src/lib/errors.ts';
import { type Ended, generator, mutate, type Work } from './mutate.ts';
import { camel, isNullable, typedArrays } from './random-types.ts';

/** Some value of the type: zeros, the first case, the empty list. */
function someValue(type: ValType): unknown {
  switch (type.kind) {
    case 'bool':
      return false;
    case 's64':
    case 'u64':
      return 0n;
    case 'char':
      return 'x';
    case 'string':
      return '';
    case 'list':
      return typedArrays[type.element.kind]?.from([]) ?? [];
    case 'record':
      return Object.fromEntries(type.fields.map((field) => [camel(field.name), someValue(field.type)]));
    case 'tuple':
      return type.elements.map(someValue);
    case 'variant': {
      const [first] = type.cases;
      return { tag: first?.name, val: first?.type && someValue(first.type) };
    }
    case 'enum':
      return type.names[0];
    case 'option':
      return isNullable(type) ? undefined : { tag: 'none' };
    case 'result':
      return { tag: 'ok', val: type.ok && someValue(type.ok) };
    case 'flags':
      return {};
    case 'own':
    case 'borrow':
      return {};
    default:
      return 0;
  }
}

function linkerFor(component: Component) {
  const linker = createLinker();
  for (const { name, functions, resources } of component.imports) {
    const made: Record<string, any> = {};
    for (const resource of resources) {
      const pascal = camel(`x-${resource}`).slice(1);
      made[pascal] = class {};
    }
    for (const { name: called, type } of functions) {
      const result = type.result;
      const value =
        result?.kind === 'result' ? result.ok && someValue(result.ok) : result && someValue(result);
      if (!called.startsWith('[')) made[camel(called)] = () => value;
    }
    linker.define(name, made);
  }
  return linker;
}

async function run(bytes: Uint8Array, callable: boolean, at: (stage: number) => void): Promise<string> {
  at(0);
  const component = await compile(bytes);
  at(1);
  const pre = linkerFor(component).link(component);
  if (!callable) return 'links';
  at(2);
  using instance = pre.acquire();
  at(3);
  for (const { name, type } of component.exports) {
    await instance.call(
      name,
      type.params.map((param) => someValue(param.type)),
    );
  }
  return 'runs';
}

async function work({ corpus, seed, from, to, progress }: Work): Promise<void> {
  const cells = new Int32Array(progress);
  for (let mutant = from; mutant < to; mutant++) {
    Atomics.store(cells, 0, mutant);
    const random = generator(seed + mutant);
    const { bytes, callable } = mutate(corpus[random(corpus.length)] as Uint8Array, random);
    let ended: Ended;
    try {
      const outcome = await run(bytes, callable, (stage) => Atomics.store(cells, 1, stage));
      ended = { mutant, outcome };
    } catch (error) {
      ended = isCoded(error)
        ? { mutant, outcome: error.code }
        : { mutant, outcome: 'wrong', wrong: error instanceof Error ? (error.stack ?? '') : String(error) };
    }
    parentPort?.postMessage(ended);
  }
}

await work(workerData as Work);
