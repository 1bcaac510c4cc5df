/**
 * Guests that hand over whatever lies in their memory, on our runtime and on jco's output: both trap or both read
 * the same value. Where jco reads something and we trap, `jco-differences.ts` says why.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc, { type Arbitrary } from 'fast-check';
import { compile, createLinker } from '../../src/component/index.ts';
import type { FuncType, StringEncoding, ValType } from '../../src/component/types.ts';
import { isCoded } from '../../src/lib/errors.ts';
import { long, seed } from '../count.ts';
import { compose } from './chain.ts';
import { transpiled } from './jco.ts';
import { passedByJco, refusedByJco, withoutByteOrderMark } from './jco-differences.ts';
import { embed, GUEST, HOST, passThrough, signature, witOf } from './pass-through.ts';
import { anyType } from './random-types.ts';
import { difference } from './same.ts';

/** A function that returns what lies at `pointer`, or `constants`; a second one passes them to an import. */
interface Case {
  readonly type: ValType;
  readonly pointer: number;
  readonly constants: readonly number[];
}

/** Words that often mean something: counts, discriminants, pointers to other such words, text, nonsense. */
const word: Arbitrary<number> = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 30 }).map((n) => n * 8) },
  { weight: 2, arbitrary: fc.constantFrom(0x61626364, 0xc3a9c3a9, 0x8080ff61, 0xd800, 0x110000) },
  { weight: 1, arbitrary: fc.constantFrom(0xffff_ffff, 0x7fff_ffff, 65_536, 65_532, 65_528) },
  { weight: 2, arbitrary: fc.nat({ max: 0xffff_ffff }) },
);

const anyCase: Arbitrary<Case> = fc.record({
  type: anyType(3),
  pointer: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 60 }).map((n) => n * 8) },
    { weight: 1, arbitrary: fc.constantFrom(1, 2, 4, 65_535, 65_528, 0x7fff_fff8) },
  ),
  constants: fc.array(word, { minLength: 16, maxLength: 16 }),
});

/** The types of the imports, and those of the exports that return a value. */
function typesOf(cases: readonly Case[]): { readonly taking: FuncType[]; readonly giving: FuncType[] } {
  return {
    taking: cases.map(({ type }) => ({ params: [{ name: 'p', type }], result: undefined })),
    giving: cases.map(({ type }) => ({ params: [], result: type })),
  };
}

async function component(cases: readonly Case[], image: readonly number[]): Promise<Uint8Array<ArrayBuffer>> {
  const { taking, giving } = typesOf(cases);
  const calling = cases.map((): FuncType => ({ params: [], result: undefined }));
  const bytes = new Uint8Array(new Uint32Array(image).buffer);
  const data = [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
  const imports: string[] = [];
  const exports: string[] = [];
  for (const [i, { pointer, constants }] of cases.entries()) {
    // In a joined slot jco does not wrap an i64 to the i32 of its case, so there the upper half stays 0.
    const high = !joins((taking[i] as FuncType).params[0]?.type);
    const { params } = signature(taking[i] as FuncType);
    const { result, spills } = signature(giving[i] as FuncType);
    imports.push(
      `(import "${HOST}" "f${i}" (func $f${i} ${params.map((core) => `(param ${core})`).join(' ')}))`,
    );
    const values = params.map((core, at) => literal(core, constants[at] as number, high));
    const args =
      params.length === 1 && flatCount(taking[i] as FuncType) > 16 ? [`(i32.const ${pointer})`] : values;
    const answer = spills
      ? `(i32.const ${pointer})`
      : result.map((core) => literal(core, constants[0] as number, high))[0];
    exports.push(
      `(func (export "${GUEST}#f${i}") ${result.map((core) => `(result ${core})`)} ${answer ?? ''})`,
    );
    exports.push(`(func (export "${GUEST}#f${cases.length + i}") (call $f${i} ${args.join(' ')}))`);
  }
  const core = `(module ${imports.join('\n')} (memory (export "memory") 1) (data (i32.const 0) "${data}")
    ${exports.join('\n')})`;
  return embed(core, witOf(taking, [...giving, ...calling]));
}

function flatCount(type: FuncType): number {
  return type.params.flatMap((param) => signature({ params: [param], result: undefined }).params).length;
}

/** Whether flat values of different cases share a slot somewhere in the type. */
function joins(type: ValType | undefined): boolean {
  if (type?.kind === 'record') return type.fields.some((field) => joins(field.type));
  if (type?.kind === 'tuple') return type.elements.some(joins);
  return ['variant', 'option', 'result'].includes(type?.kind ?? '');
}

/** Bits as they are: floats by their pattern, so that every NaN is met; `high` fills both halves of 64 bits. */
function literal(core: string, bits: number, high: boolean): string {
  const wide = BigInt(bits) * (high ? 0x1_0000_0001n : 1n);
  if (core === 'f32') return `(f32.reinterpret_i32 (i32.const ${bits}))`;
  if (core === 'f64') return `(f64.reinterpret_i64 (i64.const ${wide}))`;
  return core === 'i64' ? `(i64.const ${wide})` : `(i32.const ${bits})`;
}

type Outcome = { readonly value: unknown } | { readonly code: string };

/** Calls export `f<index>`: its answer, or what the host was given. */
type Runner = (index: number) => Outcome;

async function ourRunner(bytes: Uint8Array, cases: readonly Case[]): Promise<Runner> {
  const state: { given: unknown } = { given: undefined };
  const take = (_call: unknown, value: unknown) => {
    state.given = value;
  };
  const functions = Object.fromEntries(cases.map((_, i) => [`f${i}`, take]));
  const pre = createLinker()
    .define(HOST, { ...functions, Thing: Object })
    .link(await compile(bytes));
  return (index) => {
    using instance = pre.acquire();
    try {
      const value = instance.call(`${GUEST}#f${index}`, []);
      return { value: index < cases.length ? value : state.given };
    } catch (error) {
      if (!isCoded(error)) throw error;
      return { code: error.code };
    }
  };
}

async function jcoRunner(bytes: Uint8Array, cases: readonly Case[], unchecked: boolean): Promise<Runner> {
  const instantiate = await transpiled(bytes, { unchecked });
  const state: { given: unknown } = { given: undefined };
  const take = (value: unknown) => {
    state.given = value;
  };
  const imports = { [HOST]: { ...Object.fromEntries(cases.map((_, i) => [`f${i}`, take])), Thing: Object } };
  return (index) => {
    const isResult = index < cases.length && cases[index]?.type.kind === 'result';
    try {
      const value = instantiate(imports)[GUEST][`f${index}`]();
      if (index >= cases.length) return { value: state.given };
      return { value: isResult ? { tag: 'ok', val: value } : value };
    } catch (error) {
      if (isResult && !Error.isError(error)) return { value: { tag: 'err', val: error } };
      return { code: String(error) };
    }
  };
}

/** A value of ours against one of jco, which may have been refused for a listed reason. */
function sameValue(index: number, mine: unknown, jco: Outcome): boolean {
  if ('code' in jco) {
    const known = refusedByJco.some(({ message }) => message.test(jco.code));
    assert.ok(known, `f${index}: ours reads ${inspect(mine)}, jco ends with ${jco.code}`);
    return false;
  }
  assert.equal(difference(withoutByteOrderMark(mine), jco.value), undefined, `f${index}`);
  return true;
}

test("reads a guest's memory as jco does, or traps", { timeout: 3_600_000 }, async () => {
  const batch = fc.array(anyCase, { minLength: 12, maxLength: 12 });
  const image = fc.array(word, { minLength: 256, maxLength: 256 });
  const tally = { same: 0, refusedByJco: 0, trapped: 0, passedByJco: 0 };
  await fc.assert(
    fc.asyncProperty(batch, image, async (cases, words) => {
      const bytes = await component(cases, words);
      const ours = await ourRunner(bytes, cases);
      const strict = await jcoRunner(bytes, cases, false);
      // Without its own checks jco reads some values that it refuses with them.
      const lax = await jcoRunner(bytes, cases, true);
      for (let index = 0; index < cases.length * 2; index++) {
        const mine = ours(index);
        if ('value' in mine) {
          const agree = [strict, lax].map((jco) => sameValue(index, mine.value, jco(index)));
          tally[agree.includes(true) ? 'same' : 'refusedByJco']++;
          continue;
        }
        const other = strict(index);
        const known = mine.code in passedByJco;
        assert.match(mine.code, /^TRAP_/, `f${index}`);
        assert.ok(
          'code' in other || known,
          `f${index}: ours ends with ${mine.code}, jco reads ${inspect(other)}`,
        );
        tally['code' in other ? 'trapped' : 'passedByJco']++;
      }
    }),
    { seed, numRuns: long ? 2000 : 10, endOnFailure: false },
  );
  assert.ok(tally.same > 100 && tally.trapped > 100 && tally.passedByJco > 0, inspect(tally));
});

test('a component is trapped for the same whether the host or another component reads it', {
  timeout: 3_600_000,
}, async () => {
  const batch = fc.array(anyCase, { minLength: 12, maxLength: 12 });
  const image = fc.array(word, { minLength: 256, maxLength: 256 });
  const encoding = fc.constantFrom<StringEncoding>('utf8', 'utf16', 'latin1+utf16');
  const tally = { same: 0, trapped: 0 };
  await fc.assert(
    fc.asyncProperty(batch, image, encoding, async (cases, words, other) => {
      const { taking, giving } = typesOf(cases);
      const giver = await component(cases, words);
      const direct = await ourRunner(giver, cases);
      const taken = await ourRunner(await compose([await passThrough(taking, other), giver]), cases);
      const given = await ourRunner(await compose([giver, await passThrough(giving, other)]), cases);
      for (let index = 0; index < cases.length * 2; index++) {
        const expected = direct(index);
        const found = index < cases.length ? given(index) : taken(index);
        assert.equal(difference(expected, found), undefined, `f${index}`);
        tally['value' in expected ? 'same' : 'trapped']++;
      }
    }),
    { seed, numRuns: long ? 2000 : 10, endOnFailure: false },
  );
  assert.ok(tally.same > 50 && tally.trapped > 50, inspect(tally));
});
