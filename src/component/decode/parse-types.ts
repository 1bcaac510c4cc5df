/**
 * Component-level types and names, from bytes to {@link RawType}.
 *
 * @module
 */
import type { PrimitiveKind } from '../types.ts';
import type {
  CaseRef,
  ExternName,
  ExternType,
  LabelledRef,
  RawFunc,
  RawType,
  RawValue,
  ValRef,
} from './ast.ts';
import { malformed, unsupported } from './errors.ts';
import { hex, type Reader } from './reader.ts';

const PRIMITIVES: Readonly<Record<number, PrimitiveKind>> = {
  127: 'bool',
  126: 's8',
  125: 'u8',
  124: 's16',
  123: 'u16',
  122: 's32',
  121: 'u32',
  120: 's64',
  119: 'u64',
  118: 'f32',
  117: 'f64',
  116: 'char',
  115: 'string',
};

const REFUSED_TYPES: Readonly<Record<number, string>> = {
  103: 'fixed-length list',
  102: 'stream',
  101: 'future',
  100: 'error-context',
  99: 'map',
};

/** A primitive, or the index of a defined type. */
export function valRef(reader: Reader): ValRef {
  const at = reader.at;
  const code = reader.s33('value type');
  if (code >= 0) return code;
  const byte = code + 128;
  const primitive = PRIMITIVES[byte];
  if (primitive) return primitive;
  refuse(byte, at);
  throw malformed(`invalid leading byte (${hex(byte & 0xff)}) for value type`, at);
}

/** Everything but component and instance types. `undefined` leaves the reader where it was. */
export function simpleType(reader: Reader): RawType | undefined {
  const at = reader.at;
  const code = reader.peek() ?? 0;
  if (code === 0x41 || code === 0x42) return undefined;
  reader.u8('type');
  const primitive = PRIMITIVES[code];
  if (primitive) return { kind: 'primitive', type: primitive };
  if (code === 0x40) return func(reader);
  if (code === 0x3f) return resource(reader);
  if (code === 0x43) throw unsupported('async function', at);
  refuse(code, at);
  const compound = compoundType(code, reader);
  if (!compound) throw malformed(`invalid leading byte (${hex(code)}) for type`, at);
  return compound;
}

function refuse(code: number, at: number): void {
  const feature = REFUSED_TYPES[code];
  if (feature) throw unsupported(feature, at);
}

function compoundType(code: number, reader: Reader): RawValue | undefined {
  switch (code) {
    case 0x72:
      return { kind: 'record', fields: reader.vec('fields', labelled) };
    case 0x71:
      return { kind: 'variant', cases: reader.vec('cases', variantCase) };
    case 0x70:
      return { kind: 'list', element: valRef(reader) };
    case 0x6f:
      return { kind: 'tuple', elements: reader.vec('elements', valRef) };
    case 0x6e:
      return { kind: 'flags', names: reader.vec('flags', label) };
    case 0x6d:
      return { kind: 'enum', names: reader.vec('cases', label) };
    case 0x6b:
      return { kind: 'option', element: valRef(reader) };
    case 0x6a:
      return { kind: 'result', ok: optional(reader, 'ok type'), err: optional(reader, 'err type') };
    case 0x69:
      return { kind: 'own', resource: reader.u32('type index') };
    case 0x68:
      return { kind: 'borrow', resource: reader.u32('type index') };
    default:
      return undefined;
  }
}

function optional(reader: Reader, what: string): ValRef | undefined {
  return reader.flag(what) ? valRef(reader) : undefined;
}

function label(reader: Reader): string {
  return reader.name('label');
}

function labelled(reader: Reader): LabelledRef {
  return { name: label(reader), type: valRef(reader) };
}

function variantCase(reader: Reader): CaseRef {
  const name = label(reader);
  const type = optional(reader, 'type of a case');
  reader.expect(0x00, 'end of a case');
  return { name, type };
}

function func(reader: Reader): RawFunc {
  const params = reader.vec('parameters', labelled);
  if (!reader.flag('result list')) return { kind: 'func', params, result: valRef(reader) };
  reader.expect(0x00, 'end of an empty result list');
  return { kind: 'func', params, result: undefined };
}

function resource(reader: Reader): RawType {
  const at = reader.at;
  const rep = reader.u8('representation of a resource');
  if (rep === 0x7e) throw unsupported('resource with 64-bit representation', at);
  if (rep !== 0x7f) throw malformed('a resource can only be represented by i32', at);
  const destructor = reader.flag('destructor') ? reader.u32('function index') : undefined;
  return { kind: 'resource', destructor };
}

export function externType(reader: Reader): ExternType {
  const at = reader.at;
  const code = reader.u8('type of an import or export');
  switch (code) {
    case 0x00:
      reader.expect(0x11, 'core sort of an import or export');
      return { sort: 'core module', index: reader.u32('type index') };
    case 0x01:
      return { sort: 'func', index: reader.u32('type index') };
    case 0x02:
      throw unsupported('value import or export', at);
    case 0x03:
      return { sort: 'type', bound: reader.flag('bound of a type') ? 'resource' : reader.u32('type index') };
    case 0x04:
      return { sort: 'component', index: reader.u32('type index') };
    case 0x05:
      return { sort: 'instance', index: reader.u32('type index') };
    default:
      throw malformed(`invalid leading byte (${hex(code)}) for the type of an import or export`, at);
  }
}

/** A name with its attributes. */
export function externName(reader: Reader): ExternName {
  const at = reader.at;
  const form = reader.u8('form of a name');
  if (form > 0x02) throw malformed(`invalid leading byte (${hex(form)}) for a name`, at);
  const name = reader.name('name of an import or export');
  const seen: (string | undefined)[] = [];
  if (form === 0x02) {
    reader.vec('attributes', () => {
      const kind = reader.u8('attribute');
      if (kind > 0x02) throw malformed(`invalid leading byte (${hex(kind)}) for an attribute`, at);
      if (seen[kind] !== undefined) throw malformed('an attribute may be given only once', at);
      seen[kind] = reader.name('attribute');
    });
  }
  return { name, implements: seen[0], suffix: seen[1], at };
}
