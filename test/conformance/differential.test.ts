/**
 * The same components, the same host functions and the same values on our runtime and on jco's output. Where jco
 * is known to be wrong stands in `jco-differences.ts`, each with the specification's words.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc, { type Arbitrary } from 'fast-check';
import { compile, createLinker } from '../../src/component/index.ts';
import type { FuncType, StringEncoding, ValType } from '../../src/component/types.ts';
import { long, seed } from '../count.ts';
import { chain } from './chain.ts';
import { transpiled } from './jco.ts';
import { refusedByJco, withoutByteOrderMark } from './jco-differences.ts';
import { GUEST, HOST, passThrough, sharesWideSlot } from './pass-through.ts';
import { anyType, anyValue } from './random-types.ts';
import { difference } from './same.ts';

/** The host's resource: told apart by identity alone. */
class Thing {
  readonly name: number = Math.trunc(performance.now() * 1000);
}

interface Called {
  readonly args: readonly unknown[];
  readonly answer: unknown;
}

interface Case {
  readonly type: FuncType;
  readonly calls: readonly Called[];
}

function anyCase(depth: number, calls: number): Arbitrary<Case> {
  const type = anyType(depth, true);
  const params = fc
    .array(type, { maxLength: 5 })
    .map((found) => found.map((t, i) => ({ name: `p${i}`, type: t })));
  return fc.tuple(params, fc.option(type, { nil: undefined, freq: 8 })).chain(([named, result]) => {
    const make = () => new Thing();
    const called = fc.record({
      args: fc.tuple(...named.map((param) => anyValue(param.type, make))),
      answer: result ? anyValue(result, make) : fc.constant(undefined),
    });
    return fc
      .array(called, { minLength: calls, maxLength: calls })
      .map((found): Case => ({ type: { params: named, result }, calls: found }));
  });
}

/** What happened: what the host saw, and what came out. */
interface Seen {
  readonly args: readonly unknown[];
  readonly answer: unknown;
}

/** A host function that answers what the type says: the ok value of a result, or its err thrown. */
function answering(type: ValType | undefined, next: () => Called, saw: (args: unknown[]) => void) {
  return (...args: unknown[]): unknown => {
    saw(args);
    const { answer } = next();
    if (type?.kind !== 'result') return answer;
    const { tag, val } = answer as { tag: string; val: unknown };
    if (tag === 'ok') return val;
    throw Object.assign(new Error('the err side'), { payload: val });
  };
}

type Runner = (index: number, called: Called) => Seen;

async function ourRunner(cases: readonly Case[], bytes: Uint8Array): Promise<Runner> {
  const state: { called: Called | undefined; args: unknown[] } = { called: undefined, args: [] };
  const functions = cases.map(({ type }, i) => {
    const run = answering(
      type.result,
      () => state.called as Called,
      (args) => {
        state.args = args;
      },
    );
    const checked = (call: unknown, ...args: unknown[]) => {
      assert.equal(call, 'the call');
      return run(...args);
    };
    return [`f${i}`, checked] as const;
  });
  const linker = createLinker().define(HOST, { ...Object.fromEntries(functions), Thing });
  const pre = linker.link(await compile(bytes));
  return (index, called) => {
    state.called = called;
    using instance = pre.acquire('the call');
    const answer = instance.call(`${GUEST}#f${index}`, called.args);
    return { args: state.args, answer };
  };
}

async function jcoRunner(cases: readonly Case[], bytes: Uint8Array): Promise<Runner> {
  const instantiate = await transpiled(bytes);
  const state: { called: Called | undefined; args: unknown[] } = { called: undefined, args: [] };
  const functions = cases.map(({ type }, i) => [
    `f${i}`,
    answering(
      type.result,
      () => state.called as Called,
      (args) => {
        state.args = args;
      },
    ),
  ]);
  const imports = { [HOST]: { ...Object.fromEntries(functions), Thing } };
  return (index, called) => {
    state.called = called;
    const exported = instantiate(imports)[GUEST];
    const isResult = cases[index]?.type.result?.kind === 'result';
    try {
      const answer = exported[`f${index}`](...called.args);
      return { args: state.args, answer: isResult ? { tag: 'ok', val: answer } : answer };
    } catch (error) {
      if (!isResult || Error.isError(error)) throw error;
      return { args: state.args, answer: { tag: 'err', val: error } };
    }
  };
}

/**
 * Every case through every runtime, in one component for each encoding, one behind the other; the truth is what
 * went in.
 */
async function passesAll(cases: readonly Case[], encodings: readonly StringEncoding[]): Promise<void> {
  const types = cases.map(({ type }) => type);
  const [encoding] = encodings;
  const bytes = await (encodings.length === 1 ? passThrough(types, encoding) : chain(types, encodings));
  const ours = await ourRunner(cases, bytes);
  const jco = jcoIsAble(encodings) ? await jcoRunner(cases, bytes) : undefined;
  for (const [index, { calls, type }] of cases.entries()) {
    // Between components jco reads a negative s32 from a 64-bit slot as a large u32.
    const ends = [...type.params.map((param) => param.type), ...(type.result ? [type.result] : [])];
    const trusted = encodings.length === 1 || !ends.some(sharesWideSlot);
    for (const called of calls) {
      const seen = ours(index, called);
      assert.equal(difference(called.args, seen.args), undefined, `ours, f${index}: what the host saw`);
      assert.equal(difference(called.answer, seen.answer), undefined, `ours, f${index}: what came out`);
      if (!jco || !trusted) continue;
      const other = unlessRefused(() => jco(index, called));
      if (!other) continue;
      const expected = withoutByteOrderMark(called);
      assert.equal(difference(expected.args, other.args), undefined, `jco, f${index}: what the host saw`);
      assert.equal(difference(expected.answer, other.answer), undefined, `jco, f${index}: what came out`);
    }
  }
}

/** `undefined` when jco refuses for a listed reason: between components it makes such values itself. */
function unlessRefused(run: () => Seen): Seen | undefined {
  try {
    return run();
  } catch (error) {
    const known = refusedByJco.some(({ message }) => message.test(String(error)));
    if (!known) throw error;
    return undefined;
  }
}

/**
 * jco ends with a panic at latin1+utf16, and between components at utf16; on their way through three components
 * it loses the names of types.
 */
function jcoIsAble(encodings: readonly StringEncoding[]): boolean {
  if (encodings.length === 1) return encodings[0] !== 'latin1+utf16';
  return encodings.length === 2 && encodings.every((found) => found === 'utf8');
}

const encoding = fc.constantFrom<StringEncoding>('utf8', 'utf8', 'utf16', 'latin1+utf16');

test('passes random values of random types in and out as jco does', { timeout: 3_600_000 }, async () => {
  const batch = fc.array(anyCase(4, 4), { minLength: 8, maxLength: 8 });
  const property = fc.asyncProperty(batch, encoding, (cases, one) => passesAll(cases, [one]));
  await fc.assert(property, { seed, numRuns: long ? 2000 : 10, endOnFailure: false });
});

test('passes random values from component to component as jco does', { timeout: 3_600_000 }, async () => {
  const batch = fc.array(anyCase(3, 3), { minLength: 6, maxLength: 6 });
  const encodings = fc.array(encoding, { minLength: 2, maxLength: 3 });
  const property = fc.asyncProperty(batch, encodings, passesAll);
  await fc.assert(property, { seed, numRuns: long ? 1000 : 6, endOnFailure: false });
});
