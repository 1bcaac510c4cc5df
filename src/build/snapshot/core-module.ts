/**
 * The state of a core module: made visible, so that it can be read when the module has run, and put back into its
 * binary, so that every instance begins with it.
 *
 * @module
 */
import {
  join,
  number,
  Reader,
  type Section,
  sectionsOf,
  signed,
  text,
  Unknown,
  withSections,
} from './binary.ts';

const SECTION = {
  custom: 0,
  import: 2,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  dataCount: 12,
  data: 11,
} as const;
const KIND = { func: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;
const I32 = 0x7f;
const I64 = 0x7e;
const PAGE = 65_536;

const END = 0x0b;
/** `i32.const`, `i64.const`, `global.get`. */
const WITH_NUMBER: ReadonlySet<number> = new Set([0x41, 0x42, 0x23]);
/** Addition, subtraction and multiplication of integers. */
const ARITHMETIC: ReadonlySet<number> = new Set([0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e]);

interface Global {
  readonly type: number;
  readonly mutable: boolean;
  /** With its end. */
  readonly init: Uint8Array;
}

/** What a module has of its own. */
interface Own {
  readonly sections: readonly Section[];
  readonly globals: readonly Global[];
  /** How many come from outside: they have the first indices. */
  readonly importedGlobals: number;
  readonly memory: boolean;
}

const MEMORY = 'snapshot:memory';
const globalName = (index: number): string => `snapshot:global:${index}`;

/** The module with its memory and its mutable globals exported. */
export function visible(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { sections, globals, importedGlobals, memory } = ownOf(bytes);
  const added = globals.flatMap(({ mutable }, index) =>
    mutable
      ? [join([text(globalName(index)), Uint8Array.of(KIND.global), number(importedGlobals + index)])]
      : [],
  );
  if (memory) added.push(join([text(MEMORY), Uint8Array.of(KIND.memory), number(0)]));
  if (added.length === 0) return new Uint8Array(bytes);
  return withSections(
    bytes,
    sections.map(({ id, body }) => {
      if (id !== SECTION.export) return { id, body };
      const reader = new Reader(body);
      const count = reader.number();
      return { id, body: join([number(count + added.length), body.subarray(reader.at), ...added]) };
    }),
  );
}

/** The module as it was, its instances beginning as the instance of its visible form stands that has these exports. */
export function frozen(bytes: Uint8Array, exports: WebAssembly.Exports): Uint8Array<ArrayBuffer> {
  const { sections, globals, memory } = ownOf(bytes);
  if (!memory && !globals.some(({ mutable }) => mutable)) return new Uint8Array(bytes);
  const state = memory ? new Uint8Array((exports[MEMORY] as WebAssembly.Memory).buffer) : undefined;
  const segments = state && runsOf(state);
  if (segments?.length && !sections.some(({ id }) => id === SECTION.data))
    throw new Unknown('There is no data');
  return withSections(
    bytes,
    sections.map(({ id, body }) => {
      if (id === SECTION.global) return { id, body: globalsBody(globals, exports) };
      if (!state || !segments) return { id, body };
      if (id === SECTION.memory) return { id, body: memoryBody(body, state.length / PAGE) };
      if (id === SECTION.dataCount) return { id, body: number(segments.length) };
      return { id, body: id === SECTION.data ? dataBody(state, segments) : body };
    }),
  );
}

function ownOf(bytes: Uint8Array): Own {
  const sections = sectionsOf(bytes);
  const bodyOf = (wanted: number): Uint8Array | undefined => sections.find(({ id }) => id === wanted)?.body;
  const imported = importsOf(bodyOf(SECTION.import));
  const memories = countOf(bodyOf(SECTION.memory));
  if (memories > 1 || (memories === 1 && imported.memories > 0))
    throw new Unknown('There are several memories');
  const globals = globalsOf(bodyOf(SECTION.global));
  const changes = memories > 0 || globals.some(({ mutable }) => mutable);
  if (changes && bodyOf(SECTION.start)) throw new Unknown('A start function would change the state again');
  if (changes && !bodyOf(SECTION.export)) throw new Unknown('Nothing is exported');
  checkData(bodyOf(SECTION.data), memories > 0);
  return { sections, globals, importedGlobals: imported.globals, memory: memories > 0 };
}

function countOf(body: Uint8Array | undefined): number {
  return body ? new Reader(body).number() : 0;
}

/** What a module imports: the names of functions, and how many of the others. */
export interface Imported {
  readonly functions: string[];
  globals: number;
  memories: number;
}

/** Reads an import section. */
export function importsOf(body: Uint8Array | undefined): Imported {
  const found: Imported = { functions: [], globals: 0, memories: 0 };
  if (!body) return found;
  const reader = new Reader(body);
  for (let left = reader.number(); left > 0; left--) {
    reader.name();
    const name = reader.name();
    const kind = reader.byte();
    if (kind === KIND.func) {
      reader.number();
      found.functions.push(name);
    } else if (kind === KIND.table) {
      reader.byte();
      limits(reader);
    } else if (kind === KIND.memory) {
      limits(reader);
      found.memories += 1;
    } else if (kind === KIND.global) {
      reader.take(2);
      found.globals += 1;
    } else throw new Unknown('An import is of an unknown kind');
  }
  return found;
}

function limits(reader: Reader): void {
  const flags = reader.byte();
  if (flags > 1) throw new Unknown('Limits are of an unknown kind');
  reader.number();
  if (flags === 1) reader.number();
}

function globalsOf(body: Uint8Array | undefined): readonly Global[] {
  const globals: Global[] = [];
  if (!body) return globals;
  const reader = new Reader(body);
  for (let left = reader.number(); left > 0; left--) {
    const type = reader.byte();
    const mutable = reader.byte() === 1;
    const start = reader.at;
    for (let op = reader.byte(); op !== END; op = reader.byte()) {
      if (WITH_NUMBER.has(op)) reader.number();
      else if (!ARITHMETIC.has(op)) throw new Unknown('A global begins in an unknown way');
    }
    if (mutable && type !== I32 && type !== I64) throw new Unknown('A global is no integer');
    globals.push({ type, mutable, init: reader.bytes.subarray(start, reader.at) });
  }
  return globals;
}

/**
 * Segments that are laid into a memory of the module's own are part of its state. Others must not change anything when
 * a module is instantiated, and keep their numbers.
 */
function checkData(body: Uint8Array | undefined, memory: boolean): void {
  if (!body) return;
  const reader = new Reader(body);
  for (let left = reader.number(); left > 0; left--) {
    const active = reader.byte() === 0;
    if (active !== memory) throw new Unknown('Data lies in an unknown way');
    if (active) {
      if (reader.byte() !== 0x41) throw new Unknown('Data lies in an unknown way');
      reader.number();
      if (reader.byte() !== END) throw new Unknown('Data lies in an unknown way');
    }
    reader.take(reader.number());
  }
}

function globalsBody(globals: readonly Global[], exports: WebAssembly.Exports): Uint8Array {
  const parts = globals.map(({ type, mutable, init }, index) => {
    const head = Uint8Array.of(type, mutable ? 1 : 0);
    if (!mutable) return join([head, init]);
    const value = BigInt((exports[globalName(index)] as WebAssembly.Global).value);
    return join([head, Uint8Array.of(type === I32 ? 0x41 : 0x42), signed(value), Uint8Array.of(END)]);
  });
  return join([number(globals.length), ...parts]);
}

function memoryBody(body: Uint8Array, pages: number): Uint8Array {
  const reader = new Reader(body);
  reader.number();
  const flags = reader.byte();
  if (flags > 1) throw new Unknown('Limits are of an unknown kind');
  reader.number();
  return join([number(1), Uint8Array.of(flags), number(pages), body.subarray(reader.at)]);
}

interface Run {
  readonly start: number;
  readonly end: number;
}

/** So many zeros are cheaper than another segment. */
const GAP = 16;
/** Engines take no more segments than these. */
const MAX_RUNS = 50_000;

/** Where something is. */
function runsOf(state: Uint8Array): readonly Run[] {
  const runs: Run[] = [];
  const words = new BigUint64Array(state.buffer, state.byteOffset, state.length / 8);
  let start = -1;
  let end = -1;
  for (let index = 0; index < words.length; index++) {
    if (words[index] === 0n) continue;
    const at = index * 8;
    if (start >= 0 && at - end > GAP) {
      runs.push({ start, end });
      start = at;
    }
    if (start < 0) start = at;
    end = at + 8;
  }
  if (start >= 0) runs.push({ start, end });
  if (runs.length > MAX_RUNS) throw new Unknown('The memory is too scattered');
  return runs;
}

function dataBody(state: Uint8Array, runs: readonly Run[]): Uint8Array {
  const parts = runs.flatMap(({ start, end }) => [
    Uint8Array.of(0, 0x41),
    // Addresses are signed there.
    signed(BigInt.asIntN(32, BigInt(start))),
    Uint8Array.of(END),
    number(end - start),
    state.subarray(start, end),
  ]);
  return join([number(runs.length), ...parts]);
}
