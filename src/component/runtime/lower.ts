/**
 * Generates code that writes JavaScript values into linear memory (CanonicalABI: Storing) and turns them into
 * flat core values (Flat Lowering). The values have been checked before. In generated code `m` is a Lane.
 *
 * @module
 */
import type { ValType } from '../types.ts';
import { int } from './code.ts';
import { type CoreType, MAX_BYTE_LENGTH } from './layout.ts';
import { camelCase } from './names.ts';
import { type CaseLike, jsCases, jsFields, type Side, sideKey, typedArrayOf } from './shape.ts';

export interface Lowerer {
  /** Statements that write `value` at address `at`; both are expressions without effects. */
  store(type: ValType, value: string, at: string): string;
  /** Statements that hand the core values of `value` to `sink`, numbered from `first`. */
  flat(type: ValType, value: string, first: number, sink: Sink): string;
}

/** Where core values are kept. */
export interface Sink {
  /** A statement that keeps one core value. */
  put(index: number, expression: string): string;
  /** Statements for a variant: `write` calls what writes `width` core values into `m.flat`, from its argument on. */
  spread(index: number, width: number, write: (at: string) => string): string;
}

/**
 * Keeps core values in local constants `x0`, `x1` and so on.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(localSink.put(3, 'v'), 'const x3=v;');
 * ```
 */
export const localSink: Sink = {
  put: (index, expression) => `const x${int(index)}=${expression};`,
  spread: (index, width, write) => {
    const kept = Array.from({ length: width }, (_, at) =>
      localSink.put(index + at, `m.flat[${int(index + at)}]`),
    );
    return write(int(index)) + kept.join('');
  },
};

/** Keeps core values in `m.flat`, relative to `i`. */
const flatSink: Sink = {
  put: (index, expression) => `m.flat[i+${int(index)}]=${expression};`,
  spread: (index, _width, write) => write(`i+${int(index)}`),
};

/** A lowerer for one side; functions that it needs go into the side's code. */
export function createLowerer(side: Side): Lowerer {
  const lowerer: Lowerer = {
    store: (type, value, at) => store(side, lowerer, type, value, at),
    flat: (type, value, first, sink) => flat(side, lowerer, type, value, first, sink),
  };
  return lowerer;
}

function store(side: Side, lowerer: Lowerer, type: ValType, value: string, at: string): string {
  const set = (method: string, expression = value): string =>
    `m.view.set${method}(${at},${expression},true);`;
  switch (type.kind) {
    case 'bool':
      return `m.u8[${at}]=${value}?1:0;`;
    case 'u8':
    case 's8':
      return `m.u8[${at}]=${value};`;
    case 'u16':
    case 's16':
      return set('Uint16');
    case 'u32':
    case 's32':
      return set('Int32');
    case 'u64':
    case 's64':
      return set('BigInt64');
    case 'f32':
      return set('Float32');
    case 'f64':
      return set('Float64');
    case 'char':
      return set('Int32', `${value}.codePointAt(0)`);
    case 'string':
    case 'list': {
      const second = `m.view.setUint32(${at}+4,m.length,true);`;
      return `${range(side, lowerer, type, value)}${set('Uint32', 'm.pointer')}${second}`;
    }
    case 'own':
    case 'borrow':
      return set('Int32', handle(side, type, value));
    case 'enum':
      return number(
        side.layouts.of(type).size,
        at,
        `${side.code.derived(type, () => indexOf(type.names))}.get(${value})`,
      );
    case 'flags':
      return number(side.layouts.of(type).size, at, `${flags(side, type)}(${value})`);
    case 'record':
    case 'tuple':
      return `${storeRecord(side, lowerer, type)}(m,${at},${value});`;
    default:
      return `${storeCases(side, lowerer, type)}(m,${at},${value});`;
  }
}

function flat(side: Side, lowerer: Lowerer, type: ValType, value: string, first: number, sink: Sink): string {
  const { put } = sink;
  switch (type.kind) {
    case 'bool':
      return put(first, `${value}?1:0`);
    case 'char':
      return put(first, `${value}.codePointAt(0)`);
    case 'string':
    case 'list':
      return range(side, lowerer, type, value) + put(first, 'm.pointer') + put(first + 1, 'm.length');
    case 'own':
    case 'borrow':
      return put(first, handle(side, type, value));
    case 'enum':
      return put(first, `${side.code.derived(type, () => indexOf(type.names))}.get(${value})`);
    case 'flags':
      return put(first, `${flags(side, type)}(${value})`);
    case 'record':
    case 'tuple': {
      let next = first;
      const fields = jsFields(type).map((field) => {
        const at = next;
        next += side.layouts.of(field.type).flat?.length ?? 0;
        return lowerer.flat(field.type, member(side, value, field.key), at, sink);
      });
      return fields.join('');
    }
    case 'variant':
    case 'option':
    case 'result': {
      const width = side.layouts.of(type).flat?.length ?? 0;
      return sink.spread(first, width, (at) => `${flatCases(side, lowerer, type)}(m,${at},${value});`);
    }
    default:
      return put(first, value);
  }
}

function member(side: Side, value: string, key: string | number): string {
  return typeof key === 'number' ? `${value}[${int(key)}]` : `${value}[${side.code.data(key)}]`;
}

function number(size: number, at: string, value: string): string {
  if (size === 1) return `m.u8[${at}]=${value};`;
  return `m.view.set${size === 2 ? 'Uint16' : 'Uint32'}(${at},${value},true);`;
}

/** Names to their indices. */
function indexOf(names: readonly string[]): Map<string, number> {
  return new Map(names.map((name, index) => [name, index]));
}

function flags(side: Side, type: Extract<ValType, { kind: 'flags' }>): string {
  return side.code.once('lower-flags', type, (name) => {
    const bits = type.names.map((flag, bit) => `(v[${side.code.data(camelCase(flag))}]?1<<${int(bit)}:0)`);
    return `function ${name}(v){return (${bits.join('|') || '0'})>>>0;}`;
  });
}

/** Statements that put a string or list into memory and leave `m.pointer` and `m.length`. */
function range(side: Side, lowerer: Lowerer, type: ValType, value: string): string {
  if (type.kind === 'list') return `${list(side, lowerer, type.element)}(m,${value});`;
  return `${side.codec}.lower(m,${value});`;
}

function list(side: Side, lowerer: Lowerer, element: ValType): string {
  return side.code.once(`lower-list/${sideKey(side)}`, element, (name) => {
    const { size, align } = side.layouts.of(element);
    const array = typedArrayOf(element);
    const limit = `if(b>${int(MAX_BYTE_LENGTH)})throw ${side.handles}.tooLong(b);`;
    const begin = `const n=v.length,b=n*${int(size)};${limit}const p=m.allocate(${int(align)},b);`;
    const each = `for(let i=0,q=p;i<n;i++,q+=${int(size)}){const e=v[i];${lowerer.store(element, 'e', 'q')}}`;
    const bytes = element.kind === 'u8' ? 'v' : `new Uint8Array(v.buffer,v.byteOffset,b)`;
    const bulk =
      array === undefined
        ? each
        : `if(v instanceof ${side.code.data(array)})m.u8.set(${bytes},p);else ${each}`;
    return `function ${name}(m,v){${begin}${bulk}m.pointer=p;m.length=n;}`;
  });
}

function handle(side: Side, type: Extract<ValType, { kind: 'own' | 'borrow' }>, value: string): string {
  const resource = side.resources[type.resource];
  const wrapped = side.far === 'host' && resource?.kind === 'guest' ? 'Wrapped' : '';
  const index = int(type.resource);
  if (type.kind === 'own') return `${side.handles}.lowerOwn${wrapped}(m,${value},${index})`;
  const defining = resource?.kind === 'guest' && resource.instance === side.instance;
  const rep = wrapped === '' ? value : `${side.handles}.lend(m,${value})`;
  return defining ? rep : `${side.handles}.lowerBorrow(m,${rep},${index})`;
}

function storeRecord(
  side: Side,
  lowerer: Lowerer,
  type: Extract<ValType, { kind: 'record' | 'tuple' }>,
): string {
  return side.code.once(`store/${sideKey(side)}`, type, (name) => {
    const { offsets } = side.layouts.of(type);
    const fields = jsFields(type).map((field, index) => {
      const at = `p+${int(offsets[index] ?? 0)}`;
      return `{const e=${member(side, 'v', field.key)};${lowerer.store(field.type, 'e', at)}}`;
    });
    return `function ${name}(m,p,v){${fields.join('')}}`;
  });
}

function storeCases(side: Side, lowerer: Lowerer, type: CaseLike): string {
  return side.code.once(`store/${sideKey(side)}`, type, (name) => {
    const { cases } = side.layouts.of(type);
    const at = `p+${int(cases?.offset ?? 0)}`;
    const body = switchOf(side, type, (index, payload) => {
      const tag = number(cases?.tag ?? 1, 'p', int(index));
      return payload === undefined ? tag : `${tag}${lowerer.store(payload, 'e', at)}`;
    });
    return `function ${name}(m,p,v){${body}}`;
  });
}

/** Writes into `m.flat` from index `i` on, so that a nested variant needs no second result. */
function flatCases(side: Side, lowerer: Lowerer, type: CaseLike): string {
  return side.code.once(`lower-flat/${sideKey(side)}`, type, (name) => {
    const have = side.layouts.of(type).flat ?? [];
    const body = switchOf(side, type, (index, payload) => {
      const own = payload === undefined ? [] : (side.layouts.of(payload).flat ?? []);
      const lowered = payload === undefined ? '' : lowerer.flat(payload, 'e', 1, flatSink);
      const joined = have.slice(1).map((want, at) => {
        const slot = `m.flat[i+${int(at + 1)}]`;
        const from = own[at];
        if (from === undefined) return `${slot}=${want === 'i64' ? '0n' : '0'};`;
        return from === want ? '' : `${slot}=${side.bits}.${cast(from, want)}(${slot});`;
      });
      return `${lowered}${joined.join('')}m.flat[i]=${int(index)};`;
    });
    return `function ${name}(m,i,v){${body}}`;
  });
}

function cast(from: CoreType, want: CoreType): string {
  if (want === 'i32') return 'i32FromF32';
  if (from === 'i32') return 'i64FromI32';
  return from === 'f32' ? 'i64FromF32' : 'i64FromF64';
}

function switchOf(
  side: Side,
  type: CaseLike,
  lower: (index: number, payload: ValType | undefined) => string,
): string {
  const cases = jsCases(type);
  if (type.kind === 'option' && cases[0]?.tag === undefined) {
    return `const e=v;if(e===undefined||e===null){${lower(0, undefined)}}else{${lower(1, type.some)}}`;
  }
  const arms = cases.map(({ payload }, index) => {
    const value = payload === undefined ? '' : 'const e=v.val;';
    return `case ${int(index)}:{${value}${lower(index, payload)}break;}`;
  });
  const tags = side.code.derived(type, () => indexOf(cases.map(({ tag }) => tag ?? '')));
  return `switch(${tags}.get(v.tag)){${arms.join('')}}`;
}
