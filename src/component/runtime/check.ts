/**
 * Whether a JavaScript value fits a WIT type: as generated code for the fast answer, and as a walk that finds
 * the place when it does not.
 *
 * @module
 */
import type { ValType } from '../types.ts';
import type { Code } from './code.ts';
import { int } from './code.ts';
import { camelCase } from './names.ts';
import { type CaseLike, jsCases, jsFields, typedArrayOf } from './shape.ts';
import { fits } from './values.ts';

/** Which handles fit: tells the class of a host's resource, or `undefined` for a guest's. */
export interface Checks {
  readonly code: Code;
  readonly hostClass: (resource: number) => HostClass | undefined;
}

export type HostClass = abstract new (...args: never[]) => object;

/** An expression, true when `value` fits; `s` is the State in generated code. */
export function check(checks: Checks, type: ValType, value: string): string {
  const { code } = checks;
  switch (type.kind) {
    case 'own':
    case 'borrow': {
      const host = checks.hostClass(type.resource);
      return host === undefined
        ? `s.holds(${value},${int(type.resource)})`
        : `${value} instanceof ${code.data(host)}`;
    }
    case 'list':
      return `${list(checks, type.element)}(s,${value})`;
    case 'enum':
      return `${code.derived(type, () => new Map(type.names.map((name, at) => [name, at])))}.has(${value})`;
    case 'flags':
    case 'record':
    case 'tuple':
    case 'variant':
    case 'option':
    case 'result':
      return `${compound(checks, type)}(s,${value})`;
    default:
      return `${code.data(fits[type.kind])}(${value})`;
  }
}

function list(checks: Checks, element: ValType): string {
  const { code } = checks;
  return code.once('check-list', element, (name) => {
    const array = typedArrayOf(element);
    const typed = array === undefined ? '' : `if(v instanceof ${code.data(array)})return true;`;
    const each = `for(let i=0;i<v.length;i++){const e=v[i];if(!(${check(checks, element, 'e')}))return false;}`;
    return `function ${name}(s,v){${typed}if(!Array.isArray(v))return false;${each}return true;}`;
  });
}

type Compound = Extract<ValType, { kind: 'flags' | 'record' | 'tuple' }> | CaseLike;

function compound(checks: Checks, type: Compound): string {
  return checks.code.once('check', type, (name) => `function ${name}(s,v){${body(checks, type)}}`);
}

const IS_OBJECT = "typeof v==='object'&&v!==null";

function body(checks: Checks, type: Compound): string {
  const { code } = checks;
  switch (type.kind) {
    case 'flags': {
      const bits = type.names.map((flag) => {
        const value = `v[${code.data(camelCase(flag))}]`;
        return `&&(typeof ${value}==='boolean'||${value}===undefined)`;
      });
      return `return ${IS_OBJECT}${bits.join('')};`;
    }
    case 'record': {
      const fields = jsFields(type).map(
        ({ key, type: field }) => `&&${check(checks, field, `v[${code.data(key)}]`)}`,
      );
      return `return ${IS_OBJECT}${fields.join('')};`;
    }
    case 'tuple': {
      const fields = type.elements.map((element, index) => `&&${check(checks, element, `v[${int(index)}]`)}`);
      return `return Array.isArray(v)&&v.length===${int(type.elements.length)}${fields.join('')};`;
    }
    default:
      return cases(checks, type);
  }
}

function cases(checks: Checks, type: CaseLike): string {
  const known = jsCases(type);
  if (type.kind === 'option' && known[0]?.tag === undefined) {
    return `return v===undefined||v===null||${check(checks, type.some, 'v')};`;
  }
  const arms = known.map(({ payload }, index) => {
    return `case ${int(index)}:return ${payload === undefined ? 'true' : check(checks, payload, 'v.val')};`;
  });
  const tags = checks.code.derived(type, () => new Map(known.map(({ tag }, index) => [tag, index])));
  return `if(!(${IS_OBJECT}))return false;switch(${tags}.get(v.tag)){${arms.join('')}default:return false;}`;
}

/** Where and how a value does not fit. */
export interface Mismatch {
  /** As `[3].name`; empty for the value itself. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/**
 * The first place where a value does not fit its type.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const type = { kind: 'list', element: { kind: 'u8' } } as const;
 * assert.deepEqual(mismatch(type, [1, 300]), { path: '[1]', expected: 'u8', found: 'number 300' });
 * ```
 */
export function mismatch(
  type: ValType,
  value: unknown,
  fitsHandle: (resource: number, value: unknown) => boolean = () => true,
): Mismatch | undefined {
  const wrong = { path: '', expected: expectation(type), found: describe(value) };
  const within = (at: string, inner: ValType, part: unknown): Mismatch | undefined => {
    const found = mismatch(inner, part, fitsHandle);
    return found === undefined ? undefined : { ...found, path: at + found.path };
  };
  switch (type.kind) {
    case 'own':
    case 'borrow':
      return fitsHandle(type.resource, value) ? undefined : wrong;
    case 'enum':
      return type.names.includes(value as string) ? undefined : wrong;
    case 'list': {
      const array = typedArrayOf(type.element);
      if (array !== undefined && value instanceof array) return undefined;
      if (!Array.isArray(value)) return wrong;
      return first(value, (part, index) => within(`[${index}]`, type.element, part));
    }
    case 'tuple': {
      if (!Array.isArray(value) || value.length !== type.elements.length) return wrong;
      return first(type.elements, (element, index) => within(`[${index}]`, element, value[index]));
    }
    case 'record':
    case 'flags': {
      if (typeof value !== 'object' || value === null) return wrong;
      const object = value as Readonly<Record<string, unknown>>;
      if (type.kind === 'record') {
        return first(jsFields(type), ({ key, type: field }) => within(`.${key}`, field, object[key]));
      }
      return first(type.names.map(camelCase), (key) =>
        object[key] === undefined ? undefined : within(`.${key}`, { kind: 'bool' }, object[key]),
      );
    }
    case 'option':
    case 'result':
    case 'variant':
      return caseMismatch(type, value, wrong, within);
    default:
      return fits[type.kind](value) ? undefined : wrong;
  }
}

function caseMismatch(
  type: CaseLike,
  value: unknown,
  wrong: Mismatch,
  within: (at: string, inner: ValType, part: unknown) => Mismatch | undefined,
): Mismatch | undefined {
  const known = jsCases(type);
  if (type.kind === 'option' && known[0]?.tag === undefined) {
    return value === undefined || value === null ? undefined : within('', type.some, value);
  }
  if (typeof value !== 'object' || value === null) return wrong;
  const { tag, val } = value as { tag?: unknown; val?: unknown };
  const chosen = known.find((one) => one.tag === tag);
  if (chosen === undefined) return { ...wrong, path: '.tag', found: describe(tag) };
  return chosen.payload === undefined ? undefined : within('.val', chosen.payload, val);
}

function first<T>(
  items: readonly T[],
  find: (item: T, index: number) => Mismatch | undefined,
): Mismatch | undefined {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function expectation(type: ValType): string {
  switch (type.kind) {
    case 'enum':
      return `one of ${some(type.names)}`;
    case 'tuple':
      return `an array of ${type.elements.length}`;
    case 'list':
      return typedArrayOf(type.element) === undefined
        ? 'an array'
        : `an array or ${typedArrayOf(type.element)?.name}`;
    case 'record':
    case 'flags':
      return `an object (${type.kind})`;
    case 'own':
    case 'borrow':
      return 'a live resource of the right class';
    case 'u64':
    case 's64':
      return `${type.kind} (bigint)`;
    case 'variant':
    case 'result':
    case 'option': {
      return `{ tag, val } with tag one of ${some(jsCases(type).map(({ tag }) => tag ?? ''))}`;
    }
    default:
      return type.kind;
  }
}

/** A component may have thousands of cases; a message has not. */
function some(names: readonly string[]): string {
  const shown = names
    .slice(0, 8)
    .map((name) => JSON.stringify(name))
    .join(', ');
  return names.length > 8 ? `${shown} …` : shown;
}

function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `string ${JSON.stringify(value.slice(0, 40))}`;
    case 'number':
    case 'bigint':
    case 'boolean':
      return `${typeof value} ${value}`;
    case 'object':
      return value === null ? 'null' : (value.constructor?.name ?? 'object');
    default:
      return typeof value;
  }
}
