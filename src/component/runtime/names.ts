/**
 * The JavaScript names of WIT names, as jco forms them.
 *
 * @module
 */

/**
 * `kv-get` becomes `kvGet`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(camelCase('kv-get'), 'kvGet');
 * assert.equal(camelCase('HTTP-get'), 'httpGet');
 * ```
 */
export function camelCase(name: string): string {
  const words = name.split('-').map((word) => (isAcronym(word) ? word.toLowerCase() : word));
  return words.map((word, index) => (index === 0 ? word : upperFirst(word))).join('');
}

/**
 * `output-stream` becomes `OutputStream`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(pascalCase('output-stream'), 'OutputStream');
 * ```
 */
export function pascalCase(name: string): string {
  return upperFirst(camelCase(name));
}

/** What an import function is in JavaScript. */
export type JsTarget =
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'constructor'; readonly resource: string }
  | { readonly kind: 'method' | 'static'; readonly resource: string; readonly name: string };

/**
 * Where the host function of a WIT name is found.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(jsTarget('[method]my-cell.get-it'), { kind: 'method', resource: 'MyCell', name: 'getIt' });
 * assert.deepEqual(jsTarget('kv-get'), { kind: 'function', name: 'kvGet' });
 * ```
 */
export function jsTarget(name: string): JsTarget {
  const match = /^\[(constructor|method|static)\]([^.]+)(?:\.(.+))?$/.exec(name);
  if (match === null) return { kind: 'function', name: camelCase(name) };
  const [, kind, resource = '', member = ''] = match;
  if (kind === 'constructor') return { kind, resource: pascalCase(resource) };
  return {
    kind: kind === 'method' ? 'method' : 'static',
    resource: pascalCase(resource),
    name: camelCase(member),
  };
}

function upperFirst(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** A kebab word is all lower-case or all upper-case; JavaScript knows only the former. */
function isAcronym(word: string): boolean {
  return word !== word.toLowerCase() && word === word.toUpperCase();
}
