/**
 * Lets a component of componentize-qjs pass 64-bit integers as they are. Its runtime makes numbers of them, which are
 * rounded beyond 2^53; here the four functions of the runtime that do so get other bodies.
 *
 * @module
 */
import { decode } from '../../component/decode.ts';
import { join, number, Reader, sectionsOf, signed as signedNumber, Unknown, withSections } from './binary.ts';
import { replaceCores } from './component.ts';
import { importsOf } from './core-module.ts';

const SECTION = { import: 2, export: 7, code: 10 } as const;
const FUNCTION = 0;

/** Where a call of the runtime has its values: the address of the list, its length, and how long an entry is. */
const CALL = { list: 260, length: 264, entry: 24 } as const;

const [I32, I64] = [0x7f, 0x7e];
const get = (local: number): readonly number[] => [0x20, local];
const set = (local: number): readonly number[] => [0x21, local];
const tee = (local: number): readonly number[] => [0x22, local];
const constant = (value: number): readonly number[] => [0x41, ...signedNumber(BigInt(value))];
const load32 = (offset: number): readonly number[] => [0x28, 2, ...number(offset)];
const [LOAD_64, STORE_64] = [
  [0x29, 3, 0],
  [0x37, 3, 0],
];
const [ADD, SUBTRACT, MULTIPLY] = [0x6a, 0x6b, 0x6c];
/** `i64.const 32`, and what is done with it. */
const HALF = [0x42, 32];
const [SHIFT_LEFT, SHIFT_RIGHT, OR, LOW, WIDEN] = [0x86, 0x87, 0x84, 0xa7, 0xad];
const [DROP, END] = [0x1a, 0x0b];

/**
 * The component with `bigint` for `u64` and `s64`. They are made by a function that it exports, `through`, in JavaScript.
 * It is called
 *
 * - with low bits, high bits, and whether they are signed: it answers the `bigint`;
 * - with a value, and whether it must be signed: it answers the low bits, or throws;
 * - with nothing: it answers the high bits of that value.
 *
 * Bits are 32 as a signed number. Throws {@link Unknown} for components that are made in another way than expected.
 */
export function exactIntegers(component: Uint8Array, through: string): Uint8Array<ArrayBuffer> {
  const { cores } = decode(component);
  const glue = cores.find((core) => functionsOf(core).has(through));
  const runtime = cores.find((core) => functionsOf(core).has('wit_dylib_push_u64'));
  if (!glue || !runtime) throw new Unknown('There is no runtime of QuickJS, or no glue to it');
  const changed = withBodies(runtime, indexOf(glue, through));
  const parts = cores.map((core) => (core === runtime ? changed : core));
  return replaceCores(component, cores, parts);
}

/** The number under which the runtime knows an exported function: what the glue begins a call of it with. */
function indexOf(glue: Uint8Array, name: string): number {
  const imports = importsOf(sectionOf(glue, SECTION.import)).functions;
  const start = imports.indexOf('wit_dylib_export_start');
  const code = codeOf(glue)[(functionsOf(glue).get(name) ?? 0) - imports.length];
  const call = [0x10, ...number(start)];
  for (let at = 0; code && start >= 0 && at < code.length; at++) {
    if (code[at] !== 0x41) continue;
    const reader = new Reader(code, at + 1);
    const index = reader.number();
    // It is written as a signed number: from 64 on it would look like a negative one.
    if (index < 64 && call.every((byte, n) => code[reader.at + n] === byte)) return index;
  }
  throw new Unknown(`The function ${name} is called in an unknown way`);
}

function withBodies(runtime: Uint8Array, through: number): Uint8Array<ArrayBuffer> {
  const exported = functionsOf(runtime);
  const imported = importsOf(sectionOf(runtime, SECTION.import)).functions.length;
  const call = (name: string): readonly number[] => [0x10, ...number(indexIn(exported, name))];
  const bodies = codeOf(runtime);
  const changed = new Map<number, Uint8Array>();
  for (const signed of [false, true]) {
    const type = signed ? 's64' : 'u64';
    const steps = { call, through, signed };
    changed.set(indexIn(exported, `push_${type}`) - imported, pushBody(steps));
    changed.set(indexIn(exported, `pop_${type}`) - imported, popBody(steps));
  }
  // Were two of them one function, signed and unsigned would be the same.
  if (changed.size !== 4) throw new Unknown('Functions of the runtime are shared');
  const code = bodies.flatMap((body, index) => {
    const taken = changed.get(index) ?? body;
    return [number(taken.length), taken];
  });
  return withSections(
    runtime,
    sectionsOf(runtime).map(({ id, body }) =>
      id === SECTION.code ? { id, body: join([number(bodies.length), ...code]) } : { id, body },
    ),
  );
}

function indexIn(exported: ReadonlyMap<string, number>, name: string): number {
  const index = exported.get(`wit_dylib_${name}`);
  if (index === undefined) throw new Unknown(`The runtime has no function ${name}`);
  return index;
}

interface Steps {
  readonly call: (name: string) => readonly number[];
  readonly through: number;
  readonly signed: boolean;
}

/** `(call, value: i64)`: a call of its own makes the `bigint`, which changes places with a zero in the first one. */
function pushBody({ call, through, signed }: Steps): Uint8Array {
  const [first, value, own, slot, ownSlot, kept] = [0, 1, 2, 3, 4, 5];
  return Uint8Array.from([
    ...locals(3, 1),
    ...[...get(first), ...constant(0), ...call('push_s32')],
    ...[...constant(through), ...call('export_start'), ...tee(own)],
    ...[...get(value), LOW, ...call('push_s32')],
    ...[...get(own), ...get(value), ...HALF, SHIFT_RIGHT, LOW, ...call('push_s32')],
    ...[...get(own), ...constant(signed ? 1 : 0), ...call('push_bool')],
    ...[...get(own), ...constant(through), ...call('export_call')],
    ...swap({ first, own, slot, ownSlot, kept }),
    ...[...get(own), ...constant(through), ...call('export_finish')],
    END,
  ]);
}

/** `(call) -> i64`: the value changes places with a zero, and a call of its own takes it apart. */
function popBody({ call, through, signed }: Steps): Uint8Array {
  const [first, own, slot, ownSlot, kept] = [0, 1, 2, 3, 4];
  const part = [
    ...[...get(own), ...constant(through), ...call('export_call')],
    ...[...get(own), ...call('pop_s32'), WIDEN],
  ];
  return Uint8Array.from([
    ...locals(3, 1),
    ...[...constant(through), ...call('export_start'), ...tee(own), ...constant(0), ...call('push_s32')],
    ...swap({ first, own, slot, ownSlot, kept }),
    ...[...get(first), ...call('pop_s32'), DROP],
    ...[...get(own), ...constant(signed ? 1 : 0), ...call('push_bool')],
    ...[...part, ...set(kept)],
    ...[...part, ...HALF, SHIFT_LEFT, ...get(kept), OR, ...set(kept)],
    ...[...get(own), ...constant(through), ...call('export_finish'), ...get(kept)],
    END,
  ]);
}

/** Exchanges the last values of two calls. */
function swap(
  at: Readonly<Record<'first' | 'own' | 'slot' | 'ownSlot' | 'kept', number>>,
): readonly number[] {
  const last = (call: number): readonly number[] => [
    ...[...get(call), ...load32(CALL.list)],
    ...[...get(call), ...load32(CALL.length), ...constant(1), SUBTRACT],
    ...[...constant(CALL.entry), MULTIPLY, ADD],
  ];
  return [
    ...[...last(at.first), ...tee(at.slot), ...LOAD_64, ...set(at.kept)],
    ...[...get(at.slot), ...last(at.own), ...tee(at.ownSlot), ...LOAD_64, ...STORE_64],
    ...[...get(at.ownSlot), ...get(at.kept), ...STORE_64],
  ];
}

/** So many `i32`, then so many `i64`. */
function locals(small: number, large: number): readonly number[] {
  return [2, small, I32, large, I64];
}

function sectionOf(core: Uint8Array, wanted: number): Uint8Array | undefined {
  return sectionsOf(core).find(({ id }) => id === wanted)?.body;
}

/** Exported functions, with their indices. */
function functionsOf(core: Uint8Array): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const body = sectionOf(core, SECTION.export);
  const reader = new Reader(body ?? Uint8Array.of(0));
  for (let left = reader.number(); left > 0; left--) {
    const name = reader.name();
    const kind = reader.byte();
    const index = reader.number();
    if (kind === FUNCTION) found.set(name, index);
  }
  return found;
}

/** Bodies of functions, without their lengths. */
function codeOf(core: Uint8Array): readonly Uint8Array[] {
  const reader = new Reader(sectionOf(core, SECTION.code) ?? Uint8Array.of(0));
  return Array.from({ length: reader.number() }, () => reader.take(reader.number()));
}
