/**
 * Values of core scripts (`(i64.const 0x1p3)`) as JavaScript passes them, and results as text.
 *
 * @module
 */
import { type Atom, head, isList, type List } from './wast.ts';

/** What JavaScript cannot pass: vectors, NaN with a payload, references to what the script made. */
export const unpassable: unique symbol = Symbol('unpassable');

/** An argument of a call. */
export function coreArgument(node: Atom | List): unknown {
  if (!isList(node)) return unpassable;
  const text = (node.items[1] as Atom | undefined)?.text ?? '';
  switch (head(node)) {
    case 'i32.const':
      return Number(BigInt.asIntN(32, integer(text)));
    case 'i64.const':
      return BigInt.asIntN(64, integer(text));
    case 'f32.const':
    case 'f64.const':
      return float(text);
    case 'ref.null':
      return null;
    case 'ref.extern':
    case 'ref.host':
      return `host ${text}`;
    default:
      return unpassable;
  }
}

function integer(text: string): bigint {
  const digits = text.replaceAll('_', '');
  return digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits.replace(/^\+/, ''));
}

function float(text: string): unknown {
  const digits = text.replaceAll('_', '').replace(/^\+/, '');
  if (digits.startsWith('-')) {
    const positive = float(digits.slice(1));
    return typeof positive === 'number' ? -positive : positive;
  }
  if (digits === 'nan') return Number.NaN;
  if (digits.startsWith('nan')) return unpassable;
  if (digits === 'inf') return Number.POSITIVE_INFINITY;
  const hex = /^0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?$/i.exec(digits);
  if (!hex) return Number(digits);
  const [, whole = '', part = '', exponent = '0'] = hex;
  return Number(BigInt(`0x${whole}${part}` || '0x0')) * 2 ** (Number(exponent) - 4 * part.length);
}

/** A result, so that equal ones have equal text. */
export function resultText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(resultText).join(', ')}]`;
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value === 'function') return 'function';
  return typeof value === 'object' && value !== null ? 'object' : String(value);
}
