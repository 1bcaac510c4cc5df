/**
 * The parameters of a statement: SQLite numbers them, but `node:sqlite` takes them by name or in order and does not
 * tell how many there are.
 *
 * @module
 */

/** What stands in a statement, as far as it can hide or be a parameter. */
const token =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|\?(?<number>\d*)|(?<name>[:@#$](?:[\w$\u0080-\uffff]|::)+(?:\([^\s)]*\))?)|[\w$\u0080-\uffff]+/g;

export interface Parameters {
  /** The highest number. */
  readonly count: number;
  /** The numbers of those that have names. */
  readonly named: ReadonlyMap<string, number>;
}

/**
 * Counts the parameters of one statement that SQLite has compiled.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(parametersOf("SELECT '?', ?, :a, ?5, :a -- ?"), { count: 5, named: new Map([[':a', 2]]) });
 * ```
 */
export function parametersOf(sql: string): Parameters {
  const named = new Map<string, number>();
  let count = 0;
  for (const { groups = {} } of sql.matchAll(token)) {
    const { number, name } = groups;
    if (name !== undefined) {
      if (named.has(name)) continue;
      count += 1;
      named.set(name, count);
    } else if (number !== undefined) {
      count = number === '' ? count + 1 : Math.max(count, Number(number));
    }
  }
  return { count, named };
}

/**
 * The first word of a statement, in upper case; comments do not count.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(firstWord('; /* a *\/ -- b\n select 1'), 'SELECT');
 * ```
 */
export function firstWord(sql: string): string {
  const match = /^(?:\s|;|\uFEFF|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*([a-z]*)/i.exec(sql);
  return (match?.[1] ?? '').toUpperCase();
}
