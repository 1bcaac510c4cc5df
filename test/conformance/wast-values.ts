/**
 * Values of a script (`(list.const (u8.const 1))`) in the JavaScript form of their type.
 *
 * @module
 */
import type { NamedType, ValType } from '../../src/component/types.ts';
import { camel, isNullable, typedArrays } from './random-types.ts';
import { type Atom, head, isList, type List } from './wast.ts';

/** The value that a constant stands for. */
export function constant(node: Atom | List, type: ValType): unknown {
  if (!isList(node)) throw new Error(`Cannot read a value: found "${node.text}"`);
  const rest = node.items.slice(1);
  switch (type.kind) {
    case 'list': {
      const elements = rest.map((item) => constant(item, type.element));
      const typed = typedArrays[type.element.kind];
      return typed ? typed.from(elements as never[]) : elements;
    }
    case 'tuple':
      return rest.map((item, i) => constant(item, type.elements[i] as ValType));
    case 'record':
      return Object.fromEntries(rest.map((field, i) => fieldOf(field as List, type.fields[i] as NamedType)));
    case 'variant': {
      const name = textOf(rest[0] as Atom);
      const payload = type.cases.find((found) => found.name === name)?.type;
      return payload ? { tag: name, val: constant(rest[1] as List, payload) } : { tag: name };
    }
    case 'enum':
      return textOf(rest[0] as Atom);
    case 'flags': {
      const set = new Set(rest.map((name) => textOf(name as Atom)));
      return Object.fromEntries(type.names.map((name) => [camel(name), set.has(name)]));
    }
    case 'option': {
      const some = head(node) === 'option.some';
      if (isNullable(type)) return some ? constant(rest[0] as List, type.some) : undefined;
      return some ? { tag: 'some', val: constant(rest[0] as List, type.some) } : { tag: 'none' };
    }
    case 'result': {
      const tag = head(node) === 'result.ok' ? 'ok' : 'err';
      const payload = type[tag];
      return payload ? { tag, val: constant(rest[0] as List, payload) } : { tag };
    }
    default:
      return scalar(rest[0] as Atom, type.kind);
  }
}

function fieldOf(field: List, { name, type }: NamedType): [string, unknown] {
  const [, label, ...rest] = field.items;
  if (textOf(label as Atom) !== name) throw new Error(`Cannot read a record: ${name} is not its next field`);
  // The value stands in parentheses of its own or, in later scripts, in those of the field.
  const value = isList(rest[0]) ? rest[0] : { ...field, items: rest };
  return [camel(name), constant(value, type)];
}

/** The text of a string of a script. */
export function textOf(atom: Atom): string {
  return atom.bytes ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(atom.bytes) : atom.text;
}

function scalar(atom: Atom, kind: string): unknown {
  const text = textOf(atom);
  if (kind === 'bool') return text === 'true';
  if (kind === 'string' || kind === 'char') return text;
  const digits = text.replaceAll('_', '');
  if (kind === 's64' || kind === 'u64') {
    const value = digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits);
    return kind === 'u64' ? BigInt.asUintN(64, value) : value;
  }
  if (/^nan/.test(digits)) return Number.NaN;
  if (/^[+-]?inf/.test(digits)) return digits.startsWith('-') ? -Infinity : Infinity;
  const value = digits.startsWith('-') ? -Number(digits.slice(1)) : Number(digits);
  return kind === 'f32' ? Math.fround(value) : value;
}
