/**
 * Components that hand on what they are given: each export calls the import of the same type with the same core
 * values and returns what it got. Whatever a runtime loses on the way in or out is then seen outside.
 *
 * @module
 */
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import type { FuncType, StringEncoding, ValType } from '../../src/component/types.ts';

export const HOST = 'test:diff/host';
export const GUEST = 'test:diff/guest';

type Core = 'i32' | 'i64' | 'f32' | 'f64';

/** Core values that a type becomes, as the specification flattens it. */
export function flatten(type: ValType): Core[] {
  switch (type.kind) {
    case 's64':
    case 'u64':
      return ['i64'];
    case 'f32':
    case 'f64':
      return [type.kind];
    case 'string':
    case 'list':
      return ['i32', 'i32'];
    case 'record':
      return type.fields.flatMap((field) => flatten(field.type));
    case 'tuple':
      return type.elements.flatMap(flatten);
    case 'variant':
      return joined(type.cases.map((found) => found.type));
    case 'option':
      return joined([undefined, type.some]);
    case 'result':
      return joined([type.ok, type.err]);
    default:
      return ['i32'];
  }
}

function joined(payloads: readonly (ValType | undefined)[]): Core[] {
  const flat: Core[] = [];
  for (const payload of payloads) {
    for (const [i, core] of (payload ? flatten(payload) : []).entries()) {
      const other = flat[i];
      if (other === undefined || other === core) flat[i] = core;
      else flat[i] = [core, other].every((found) => found === 'i32' || found === 'f32') ? 'i32' : 'i64';
    }
  }
  return ['i32', ...flat];
}

/** Whether a 64-bit slot is somewhere shared with a case that has 32 bits in it. */
export function sharesWideSlot(type: ValType): boolean {
  switch (type.kind) {
    case 'list':
      return sharesWideSlot(type.element);
    case 'record':
      return type.fields.some((field) => sharesWideSlot(field.type));
    case 'tuple':
      return type.elements.some(sharesWideSlot);
    case 'variant':
      return mixes(type.cases.map((found) => found.type));
    case 'option':
      return sharesWideSlot(type.some);
    case 'result':
      return mixes([type.ok, type.err]);
    default:
      return false;
  }
}

function mixes(payloads: readonly (ValType | undefined)[]): boolean {
  const found = payloads.filter((payload) => payload !== undefined);
  const [, ...slots] = joined(found);
  const narrow = (core: Core | undefined) => core === 'i32' || core === 'f32';
  return (
    found.some(sharesWideSlot) ||
    slots.some((core, at) => core === 'i64' && found.some((payload) => narrow(flatten(payload)[at])))
  );
}

/** Core signature of a function: spilled parameters are one pointer, spilled results another. */
export function signature(type: FuncType): {
  readonly params: Core[];
  readonly result: Core[];
  readonly spills: boolean;
} {
  const flat = type.params.flatMap((param) => flatten(param.type));
  const result = type.result ? flatten(type.result) : [];
  return {
    params: flat.length > 16 ? ['i32'] : flat,
    result: result.length > 1 ? ['i32'] : result,
    spills: result.length > 1,
  };
}

/** The WIT of a world that imports functions `f0`, `f1`, … of these types, and exports others, by default the same. */
export function witOf(imported: readonly FuncType[], exported: readonly FuncType[] = imported): string {
  const declarations: string[] = ['resource thing;'];
  const known = new Map<ValType, string>();
  const write = (type: ValType): string => known.get(type) ?? describe(type);
  const describe = (type: ValType): string => {
    const declare = (keyword: string, body: string): string => {
      const name = `t${declarations.length}`;
      declarations.push(`${keyword} ${name} { ${body} }`);
      known.set(type, name);
      return name;
    };
    switch (type.kind) {
      case 'list':
        return `list<${write(type.element)}>`;
      case 'tuple':
        return `tuple<${type.elements.map(write).join(', ')}>`;
      case 'option':
        return `option<${write(type.some)}>`;
      case 'result':
        if (!type.ok && !type.err) return 'result';
        return `result<${type.ok ? write(type.ok) : '_'}${type.err ? `, ${write(type.err)}` : ''}>`;
      case 'record':
        return declare(
          'record',
          type.fields.map((field) => `%${field.name}: ${write(field.type)}`).join(', '),
        );
      case 'variant':
        return declare(
          'variant',
          type.cases.map((found) => `%${found.name}${found.type ? `(${write(found.type)})` : ''}`).join(', '),
        );
      case 'enum':
      case 'flags':
        return declare(type.kind, type.names.map((name) => `%${name}`).join(', '));
      case 'own':
        return 'thing';
      case 'borrow':
        return 'borrow<thing>';
      default:
        return type.kind;
    }
  };
  const lines = ({ params, result }: FuncType, i: number): string => {
    const list = params.map(({ name, type }) => `%${name}: ${write(type)}`).join(', ');
    return `f${i}: func(${list})${result ? ` -> ${write(result)}` : ''};`;
  };
  const imports = imported.map(lines).join('\n');
  const exports = exported === imported ? imports : exported.map(lines).join('\n');
  const used = declarations.map((_, i) => (i === 0 ? 'thing' : `t${i}`)).join(', ');
  return `package test:diff;
interface host { ${declarations.join('\n')}\n${imports} }
interface guest { use host.{${used}};\n${exports} }
world pass { import host; export guest; }`;
}

function coreOf(functions: readonly FuncType[]): string {
  const imports: string[] = [];
  const exports: string[] = [];
  for (const [i, type] of functions.entries()) {
    const { params, result, spills } = signature(type);
    const given = params.map((core) => `(param ${core})`).join(' ');
    const answered = result.map((core) => `(result ${core})`).join(' ');
    const taken = spills ? `${given} (param i32)` : `${given} ${answered}`;
    imports.push(`(import "${HOST}" "f${i}" (func $f${i} ${taken}))`);
    const args = params.map((_, at) => `(local.get ${at})`).join(' ');
    const body = spills ? `(call $f${i} ${args} (i32.const 64)) (i32.const 64)` : `(call $f${i} ${args})`;
    exports.push(`(func (export "${GUEST}#f${i}") ${given} ${answered} ${body})`);
    const post = result.map((core) => `(param ${core})`).join(' ');
    exports.push(`(func (export "cabi_post_${GUEST}#f${i}") ${post} (global.set $top (i32.const 65536)))`);
  }
  return `(module ${imports.join('\n')}
    (memory (export "memory") 2)
    (global $top (mut i32) (i32.const 65536))
    (func (export "cabi_realloc") (param $old i32) (param $had i32) (param $align i32) (param $size i32) (result i32)
      (local $p i32) (local $end i32)
      (if (i32.le_u (local.get $size) (local.get $had)) (then (if (local.get $had) (then (return (local.get $old))))))
      (local.set $p
        (i32.and (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
          (i32.sub (i32.const 0) (local.get $align))))
      (local.set $end (i32.add (local.get $p) (local.get $size)))
      (if (i32.gt_u (local.get $end) (i32.shl (memory.size) (i32.const 16)))
        (then (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16)))))))
      (global.set $top (local.get $end))
      (memory.copy (local.get $p) (local.get $old) (local.get $had))
      (local.get $p))
    ${exports.join('\n')})`;
}

/** Bytes of a component with one pass-through function `f0`, `f1`, … for each type. */
export async function passThrough(
  functions: readonly FuncType[],
  encoding: StringEncoding = 'utf8',
): Promise<Uint8Array<ArrayBuffer>> {
  return embed(coreOf(functions), witOf(functions), encoding);
}

/** Makes a component of a core module in text form and the WIT of its world. */
export async function embed(
  core: string,
  witSource: string,
  encoding: StringEncoding = 'utf8',
): Promise<Uint8Array<ArrayBuffer>> {
  const embedded = await componentEmbed({
    binary: await parse(core),
    witSource,
    stringEncoding: encoding === 'latin1+utf16' ? 'compact-utf16' : encoding,
  } as Parameters<typeof componentEmbed>[0]);
  return new Uint8Array(await componentNew(embedded, []));
}
