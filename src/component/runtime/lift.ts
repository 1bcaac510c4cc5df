/**
 * Generates code that makes JavaScript values from linear memory (CanonicalABI: Loading) and from flat core
 * values (Flat Lifting). In generated code `m` is a Lane and `p` an address within checked bounds.
 *
 * @module
 */
import type { ValType } from '../types.ts';
import { int } from './code.ts';
import { type CoreType, MAX_BYTE_LENGTH } from './layout.ts';
import { camelCase } from './names.ts';
import { type CaseLike, jsCases, jsFields, type Side, sideKey, typedArrayOf } from './shape.ts';

export interface Lifter {
  /** An expression for the value at address `at`, an expression whose parts have no effects. */
  load(type: ValType, at: string): string;
  /** An expression for the value of these core values, of core types `have`. */
  flat(type: ValType, values: readonly string[], have: readonly CoreType[]): string;
}

/** A lifter for one side; functions that it needs go into the side's code. */
export function createLifter(side: Side): Lifter {
  const lifter: Lifter = {
    load: (type, at) => load(side, lifter, type, at),
    flat: (type, values, have) => flat(side, lifter, type, values, have),
  };
  return lifter;
}

function load(side: Side, lifter: Lifter, type: ValType, at: string): string {
  const { bits, codec } = side;
  const u32 = (offset: number): string => `m.view.getUint32(${at}+${int(offset)},true)`;
  switch (type.kind) {
    case 'bool':
      return `m.u8[${at}]!==0`;
    case 'u8':
      return `m.u8[${at}]`;
    case 's8':
      return `m.view.getInt8(${at})`;
    case 'u16':
      return `m.view.getUint16(${at},true)`;
    case 's16':
      return `m.view.getInt16(${at},true)`;
    case 'u32':
      return u32(0);
    case 's32':
      return `m.view.getInt32(${at},true)`;
    case 'u64':
      return `m.view.getBigUint64(${at},true)`;
    case 's64':
      return `m.view.getBigInt64(${at},true)`;
    case 'f32':
      return `${bits}.nan(m.view.getFloat32(${at},true))`;
    case 'f64':
      return `${bits}.nan(m.view.getFloat64(${at},true))`;
    case 'char':
      return `${bits}.char(${u32(0)})`;
    case 'string':
      return `${codec}.lift(m,${u32(0)},${u32(4)})`;
    case 'list':
      return `${list(side, lifter, type.element)}(m,${u32(0)},${u32(4)})`;
    case 'own':
    case 'borrow':
      return handle(side, type, u32(0));
    case 'enum':
      return `${enumeration(side, type)}(${unsigned(discriminantSize(side, type), at)})`;
    case 'flags':
      return `${flags(side, type)}(${unsigned(side.layouts.of(type).size, at)})`;
    case 'record':
    case 'tuple':
      return `${loadRecord(side, lifter, type)}(m,${at})`;
    default:
      return `${loadCases(side, lifter, type)}(m,${at})`;
  }
}

function flat(
  side: Side,
  lifter: Lifter,
  type: ValType,
  values: readonly string[],
  have: readonly CoreType[],
): string {
  const { bits, codec } = side;
  const want = side.layouts.of(type).flat ?? [];
  const [x = '', y = ''] = values.map((value, index) => coerce(bits, value, have[index], want[index]));
  switch (type.kind) {
    case 'bool':
      return `${x}!==0`;
    case 'u8':
      return `${x}&255`;
    case 's8':
      return `${x}<<24>>24`;
    case 'u16':
      return `${x}&65535`;
    case 's16':
      return `${x}<<16>>16`;
    case 'u32':
      return `${x}>>>0`;
    case 's32':
      return x;
    case 'u64':
      return `BigInt.asUintN(64,${x})`;
    case 's64':
      return x;
    case 'f32':
    case 'f64':
      return `${bits}.nan(${x})`;
    case 'char':
      return `${bits}.char(${x}>>>0)`;
    case 'string':
      return `${codec}.lift(m,${x}>>>0,${y}>>>0)`;
    case 'list':
      return `${list(side, lifter, type.element)}(m,${x}>>>0,${y}>>>0)`;
    case 'own':
    case 'borrow':
      return handle(side, type, x);
    case 'enum':
      return `${enumeration(side, type)}(${x}>>>0)`;
    case 'flags':
      return `${flags(side, type)}(${x})`;
    case 'record':
    case 'tuple':
      return flatRecord(side, lifter, type, values, have);
    default: {
      const args = values.map((value, index) => coerce(bits, value, have[index], want[index]));
      return `${flatCases(side, lifter, type)}(m,${args.join(',')})`;
    }
  }
}

/** From the joined core type of a variant's payload to the one that the case wants. */
function coerce(bits: string, value: string, have: CoreType | undefined, want: CoreType | undefined): string {
  if (have === want || want === undefined) return value;
  if (have === 'i32') return `${bits}.f32FromI32(${value})`;
  if (want === 'i32') return `${bits}.i32FromI64(${value})`;
  return want === 'f32' ? `${bits}.f32FromI64(${value})` : `${bits}.f64FromI64(${value})`;
}

function unsigned(size: number, at: string): string {
  if (size === 1) return `m.u8[${at}]`;
  return size === 2 ? `m.view.getUint16(${at},true)` : `m.view.getUint32(${at},true)`;
}

function discriminantSize(side: Side, type: ValType): number {
  return side.layouts.of(type).cases?.tag ?? 1;
}

function list(side: Side, lifter: Lifter, element: ValType): string {
  return side.code.once(`lift-list/${sideKey(side)}`, element, (name) => {
    const { size, align } = side.layouts.of(element);
    const check = `const b=n*${int(size)};if(b>${int(MAX_BYTE_LENGTH)})m.range(p,${int(align)},Infinity);m.range(p,${int(align)},b);m.spend(b,${typedArrayOf(element) === undefined ? 'n' : '1'});`;
    return `function ${name}(m,p,n){${check}${listBody(side, lifter, element, size)}}`;
  });
}

function listBody(side: Side, lifter: Lifter, element: ValType, size: number): string {
  const array = typedArrayOf(element);
  if (element.kind === 'u8') return 'return m.u8.slice(p,p+b);';
  if (array !== undefined) {
    // A view, which the checked alignment allows, then its copy: slicing the buffer itself costs ten times as much.
    const copy = `new ${side.code.data(array)}(m.u8.buffer,p,n).slice()`;
    return element.kind === 'f32' || element.kind === 'f64'
      ? `return ${side.bits}.canonicalNans(${copy});`
      : `return ${copy};`;
  }
  return `const o=[];for(const e=p+b;p<e;p+=${int(Math.max(size, 1))})o.push(${lifter.load(element, 'p')});return o;`;
}

function handle(side: Side, type: Extract<ValType, { kind: 'own' | 'borrow' }>, index: string): string {
  const wrapped = side.far === 'host' && side.resources[type.resource]?.kind === 'guest';
  const verb = type.kind === 'own' ? 'liftOwn' : 'liftBorrow';
  return `${side.handles}.${verb}${wrapped ? 'Wrapped' : ''}(m,${index},${int(type.resource)})`;
}

function enumeration(side: Side, type: Extract<ValType, { kind: 'enum' }>): string {
  return side.code.once('lift-enum', type, (name) => {
    const count = int(type.names.length);
    const bad = `if(d>=${count})throw ${side.bits}.discriminant(d,${count});`;
    return `function ${name}(d){${bad}return ${side.code.data(type.names)}[d];}`;
  });
}

function flags(side: Side, type: Extract<ValType, { kind: 'flags' }>): string {
  return side.code.once('lift-flags', type, (name) => {
    const fields = type.names.map(
      (flag, bit) => `[${side.code.data(camelCase(flag))}]:(x>>>${int(bit)}&1)===1`,
    );
    return `function ${name}(x){return {${fields.join(',')}};}`;
  });
}

function loadRecord(
  side: Side,
  lifter: Lifter,
  type: Extract<ValType, { kind: 'record' | 'tuple' }>,
): string {
  return side.code.once(`load/${sideKey(side)}`, type, (name) => {
    const { offsets } = side.layouts.of(type);
    const values = jsFields(type).map((field, index) =>
      lifter.load(field.type, `p+${int(offsets[index] ?? 0)}`),
    );
    return `function ${name}(m,p){return ${recordOf(side, type, values)};}`;
  });
}

function flatRecord(
  side: Side,
  lifter: Lifter,
  type: Extract<ValType, { kind: 'record' | 'tuple' }>,
  values: readonly string[],
  have: readonly CoreType[],
): string {
  let from = 0;
  const fields = jsFields(type).map((field) => {
    const width = side.layouts.of(field.type).flat?.length ?? 0;
    from += width;
    return lifter.flat(field.type, values.slice(from - width, from), have.slice(from - width, from));
  });
  return recordOf(side, type, fields);
}

function recordOf(
  side: Side,
  type: Extract<ValType, { kind: 'record' | 'tuple' }>,
  values: readonly string[],
): string {
  if (type.kind === 'tuple') return `[${values.join(',')}]`;
  const keys = jsFields(type).map(({ key }) => side.code.data(key));
  return `({${values.map((value, index) => `[${keys[index]}]:${value}`).join(',')}})`;
}

function loadCases(side: Side, lifter: Lifter, type: CaseLike): string {
  return side.code.once(`load/${sideKey(side)}`, type, (name) => {
    const { cases } = side.layouts.of(type);
    const at = `p+${int(cases?.offset ?? 0)}`;
    const body = switchOf(side, type, (payload) => lifter.load(payload, at));
    return `function ${name}(m,p){const d=${unsigned(cases?.tag ?? 1, 'p')};${body}}`;
  });
}

function flatCases(side: Side, lifter: Lifter, type: CaseLike): string {
  return side.code.once(`lift-flat/${sideKey(side)}`, type, (name) => {
    const have = side.layouts.of(type).flat ?? [];
    const values = have.map((_, index) => `a${int(index)}`);
    const body = switchOf(side, type, (payload) => {
      const width = side.layouts.of(payload).flat?.length ?? 0;
      return lifter.flat(payload, values.slice(1, 1 + width), have.slice(1, 1 + width));
    });
    return `function ${name}(m,${values.join(',')}){const d=a0>>>0;${body}}`;
  });
}

function switchOf(side: Side, type: CaseLike, lift: (payload: ValType) => string): string {
  const cases = jsCases(type);
  const arms = cases.map(({ tag, payload, alwaysVal }, index) => {
    const value = payload === undefined ? 'undefined' : lift(payload);
    if (tag === undefined) return `case ${int(index)}:return ${value};`;
    const val = payload === undefined && !alwaysVal ? '' : `,val:${value}`;
    return `case ${int(index)}:return {tag:${side.code.data(tag)}${val}};`;
  });
  return `switch(d){${arms.join('')}default:throw ${side.bits}.discriminant(d,${int(cases.length)});}`;
}
