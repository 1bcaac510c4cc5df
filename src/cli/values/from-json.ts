/**
 * JSON values as component values, by type: numbers or decimal text for 64-bit integers, numbers or
 * `{ "utf8" }` or `{ "base64" }` for bytes, `null` for none, lists of names for flags.
 *
 * @module
 */
import type { ValType } from '../../component/index.ts';
import { suggest } from '../../lib/nearest.ts';
import { camel } from '../../lib/wit/names.ts';
import type { Path, ValueFaults } from './faults.ts';
import { isTagged } from './option-form.ts';
import { typeSignature } from './signature.ts';

const RANGES = {
  s8: [-0x80n, 0x7fn],
  u8: [0n, 0xffn],
  s16: [-0x8000n, 0x7fffn],
  u16: [0n, 0xffffn],
  s32: [-0x8000_0000n, 0x7fff_ffffn],
  u32: [0n, 0xffff_ffffn],
  s64: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
  u64: [0n, 0xffff_ffff_ffff_ffffn],
} as const;

const ARRAYS = {
  s8: Int8Array,
  s16: Int16Array,
  u16: Uint16Array,
  s32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

/**
 * Reads a JSON value as a value of the type. What does not fit is added to the faults; the answer is then of no
 * use.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createValueFaults } from './faults.ts';
 * const faults = createValueFaults();
 * assert.equal(fromJson({ kind: 'u64' }, '18446744073709551615', 'argument 1', faults), 2n ** 64n - 1n);
 * fromJson({ kind: 'list', element: { kind: 'bool' } }, [true, 1], 'argument 2', faults);
 * assert.deepEqual(faults.sentences, ['argument 2[1] must be bool; found 1']);
 * ```
 */
export function fromJson(type: ValType, value: unknown, path: Path, faults: ValueFaults): unknown {
  switch (type.kind) {
    case 'bool':
      return typeof value === 'boolean' ? value : faults.add(path, 'bool', value);
    case 's64':
    case 'u64':
      return bigInteger(type.kind, value, path, faults);
    case 'f32':
    case 'f64':
      return float(type.kind, value, path, faults);
    case 'char':
      return typeof value === 'string' && value.isWellFormed() && [...value].length === 1
        ? value
        : faults.add(path, 'a text of one character', value);
    case 'string':
      return typeof value === 'string' && value.isWellFormed() ? value : faults.add(path, 'a text', value);
    case 'list':
      return list(type.element, value, path, faults);
    case 'tuple':
      return tuple(type.elements, value, path, faults);
    case 'record':
      return record(type.fields, value, path, faults);
    case 'enum':
      return typeof value === 'string' && type.names.includes(value)
        ? value
        : faults.add(path, `one of ${quoted(type.names)}`, value);
    case 'flags':
      return flags(type.names, value, path, faults);
    case 'option':
      return option(type, value, path, faults);
    case 'variant':
      return tagged(type.cases, value, path, faults);
    case 'result': {
      const cases = [
        { name: 'ok', type: type.ok },
        { name: 'err', type: type.err },
      ];
      return tagged(cases, value, path, faults);
    }
    case 'own':
    case 'borrow':
      return faults.add(path, 'a resource, which cannot be given from outside', value);
    default:
      return smallInteger(type.kind, value, path, faults);
  }
}

type Integer = keyof typeof RANGES;

function smallInteger(kind: Integer, value: unknown, path: Path, faults: ValueFaults): unknown {
  const [low, high] = RANGES[kind];
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;
  return fits ? value + 0 : faults.add(path, `${kind}, a whole number from ${low} to ${high}`, value);
}

function bigInteger(kind: Integer, value: unknown, path: Path, faults: ValueFaults): unknown {
  const [low, high] = RANGES[kind];
  const exact = typeof value === 'number' && Number.isSafeInteger(value);
  const written = typeof value === 'string' && /^-?\d{1,20}$/.test(value);
  if (exact || written) {
    const number = BigInt(value as number | string);
    if (number >= low && number <= high) return number;
  }
  const hint = `${kind}, a whole number from ${low} to ${high}, as decimal text beyond 2^53`;
  return faults.add(path, hint, value);
}

/** JSON has no words for what is no finite number, so they are text. */
function float(kind: string, value: unknown, path: Path, faults: ValueFaults): unknown {
  if (typeof value === 'number') return kind === 'f32' ? Math.fround(value) : value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  return faults.add(path, `${kind}, a number, "NaN", "Infinity" or "-Infinity"`, value);
}

function list(element: ValType, value: unknown, path: Path, faults: ValueFaults): unknown {
  if (element.kind === 'u8' && isObject(value)) return bytes(value, path, faults);
  if (!Array.isArray(value)) {
    const bytesToo = element.kind === 'u8' ? ', {"utf8": "…"} or {"base64": "…"}' : '';
    return faults.add(path, `a list (${typeSignature({ kind: 'list', element })})${bytesToo}`, value);
  }
  const before = faults.sentences.length;
  const items = value.map((item, index) => fromJson(element, item, `${path}[${index}]`, faults));
  if (faults.sentences.length > before) return undefined;
  if (element.kind === 'u8') return Uint8Array.from(items as number[]);
  if (element.kind === 's64') return BigInt64Array.from(items as bigint[]);
  if (element.kind === 'u64') return BigUint64Array.from(items as bigint[]);
  return element.kind in ARRAYS ? ARRAYS[element.kind as keyof typeof ARRAYS].from(items as number[]) : items;
}

function bytes(value: Readonly<Record<string, unknown>>, path: Path, faults: ValueFaults): unknown {
  const { utf8, base64 } = value;
  if (Object.keys(value).length === 1) {
    if (typeof utf8 === 'string' && utf8.isWellFormed()) return new TextEncoder().encode(utf8);
    if (
      typeof base64 === 'string' &&
      /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(base64)
    ) {
      return new Uint8Array(Buffer.from(base64, 'base64'));
    }
  }
  return faults.add(path, 'a list of numbers, {"utf8": "…"} or {"base64": "…"}', value);
}

function tuple(elements: readonly ValType[], value: unknown, path: Path, faults: ValueFaults): unknown {
  if (!Array.isArray(value) || value.length !== elements.length) {
    return faults.add(
      path,
      `a list of ${elements.length} (${typeSignature({ kind: 'tuple', elements })})`,
      value,
    );
  }
  return elements.map((element, index) => fromJson(element, value[index], `${path}[${index}]`, faults));
}

type Fields = Extract<ValType, { kind: 'record' }>['fields'];

function record(fields: Fields, value: unknown, path: Path, faults: ValueFaults): unknown {
  if (!isObject(value)) {
    return faults.add(path, `an object (${typeSignature({ kind: 'record', fields })})`, value);
  }
  const names = fields.map(({ name }) => name);
  for (const key of Object.keys(value)) {
    if (!fields.some(({ name }) => name === key || camel(name) === key)) {
      faults.add(
        `${path}.${key}`,
        `absent, for it is no field of the record: ${suggest(key, names)}`,
        value[key],
      );
    }
  }
  return Object.fromEntries(
    fields.map(({ name, type }) => {
      const key = Object.hasOwn(value, name) ? name : camel(name);
      const found = Object.hasOwn(value, key) ? value[key] : undefined;
      // A field that is an option may be left out.
      if (found === undefined && type.kind === 'option') return [camel(name), none(type)];
      return [camel(name), fromJson(type, found, `${path}.${name}`, faults)];
    }),
  );
}

function flags(names: readonly string[], value: unknown, path: Path, faults: ValueFaults): unknown {
  const expected = `a list of names out of ${quoted(names)}`;
  if (!Array.isArray(value)) return faults.add(path, expected, value);
  for (const name of value) if (!names.includes(name as string)) faults.add(path, expected, name);
  return Object.fromEntries(names.map((name) => [camel(name), value.includes(name)]));
}

type OptionType = Extract<ValType, { kind: 'option' }>;

function none(type: OptionType): unknown {
  return isTagged(type) ? { tag: 'none' } : undefined;
}

function option(type: OptionType, value: unknown, path: Path, faults: ValueFaults): unknown {
  if (value === null) return none(type);
  if (!isTagged(type)) return fromJson(type.some, value, path, faults);
  const cases = [
    { name: 'none', type: undefined },
    { name: 'some', type: type.some },
  ];
  return tagged(cases, value, path, faults);
}

type Cases = Extract<ValType, { kind: 'variant' }>['cases'];

function tagged(cases: Cases, value: unknown, path: Path, faults: ValueFaults): unknown {
  const forms = cases.map(({ name, type }) => `{"tag": "${name}"${type ? ', "val": …' : ''}}`).join(' or ');
  const found = isObject(value) ? cases.find(({ name }) => name === value['tag']) : undefined;
  if (!isObject(value) || !found) return faults.add(path, forms, value);
  const rest = Object.keys(value).filter((key) => key !== 'tag' && key !== 'val');
  const extra = found.type === undefined && value['val'] !== undefined && value['val'] !== null;
  if (rest.length > 0 || extra) return faults.add(path, forms, value);
  if (!found.type) return { tag: found.name };
  return { tag: found.name, val: fromJson(found.type, value['val'], `${path}.val`, faults) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ');
}
