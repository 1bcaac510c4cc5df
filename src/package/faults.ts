/**
 * Collects what is wrong with an application, so that an author hears of everything at once.
 *
 * @module
 */

export interface Faults {
  /** `file` is relative to the application's folder; `path` is a JSON pointer in it. */
  add(file: string, message: string, path?: string): void;
  /** One sentence for each fault, in the order of discovery: `modules/api/module.json: /config must be object`. */
  sentences(): readonly string[];
}

/**
 * An empty collection.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const faults = createFaults();
 * faults.add('application.json', 'must be string', '/name');
 * faults.add('www', 'is missing');
 * assert.deepEqual(faults.sentences(), ['application.json: /name must be string', 'www is missing']);
 * ```
 */
export function createFaults(): Faults {
  const found = new Set<string>();
  return {
    add: (file, message, path) => {
      const place = path === undefined ? file : path === '' ? `${file}:` : `${file}: ${path}`;
      found.add(`${place} ${message}`);
    },
    sentences: () => [...found],
  };
}
