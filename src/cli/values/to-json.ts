import type { ValType } from '../../component/index.ts';
import { camel } from '../../lib/wit/names.ts';
import { isTagged } from './option-form.ts';

/**
 * A component value as a JSON value; `fromJson` reads it back. Bytes that are UTF-8 are `{ "utf8" }`, others a
 * list of numbers; 64-bit integers beyond 2^53 are decimal text; fields have their WIT names. A resource is
 * `null`: there is nothing to show of it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const type = { kind: 'option', some: { kind: 'list', element: { kind: 'u8' } } } as const;
 * assert.deepEqual(toJson(type, new TextEncoder().encode('hé')), { utf8: 'hé' });
 * assert.deepEqual([toJson(type, Uint8Array.of(255)), toJson(type, undefined)], [[255], null]);
 * ```
 */
export function toJson(type: ValType, value: unknown): unknown {
  switch (type.kind) {
    case 's64':
    case 'u64': {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : String(value);
    }
    case 'f32':
    case 'f64':
      // JSON drops the sign of zero; nobody can tell from what it prints.
      return Number.isFinite(value) ? value : String(value);
    case 'list':
      return type.element.kind === 'u8'
        ? bytes(value as Uint8Array)
        : Array.from(value as Iterable<unknown>, (item) => toJson(type.element, item));
    case 'tuple':
      return type.elements.map((element, index) => toJson(element, (value as readonly unknown[])[index]));
    case 'record':
      return Object.fromEntries(
        type.fields.map(({ name, type }) => [
          name,
          toJson(type, (value as Record<string, unknown>)[camel(name)]),
        ]),
      );
    case 'flags':
      return type.names.filter((name) => (value as Record<string, unknown>)[camel(name)]);
    case 'option':
      return optional(type, value);
    case 'variant':
      return tagged(type.cases.find(({ name }) => name === tagOf(value))?.type, value);
    case 'result':
      return tagged(tagOf(value) === 'ok' ? type.ok : type.err, value);
    case 'own':
    case 'borrow':
      return null;
    default:
      return value;
  }
}

function optional(type: Extract<ValType, { kind: 'option' }>, value: unknown): unknown {
  if (!isTagged(type)) return value === undefined ? null : toJson(type.some, value);
  return tagged(tagOf(value) === 'some' ? type.some : undefined, value);
}

function tagged(type: ValType | undefined, value: unknown): unknown {
  const tag = tagOf(value);
  return type ? { tag, val: toJson(type, valOf(value)) } : { tag };
}

function bytes(value: Uint8Array): unknown {
  try {
    return { utf8: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value) };
  } catch (error) {
    // Not UTF-8: the only thing that a fatal decoder of whole bytes throws.
    if (error instanceof TypeError) return Array.from(value);
    throw error;
  }
}

function tagOf(value: unknown): string {
  return (value as { readonly tag: string }).tag;
}

function valOf(value: unknown): unknown {
  return (value as { readonly val?: unknown }).val;
}
