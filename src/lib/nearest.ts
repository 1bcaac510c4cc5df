/**
 * Finds what a mistyped name was meant to be.
 *
 * @module
 */

/** How long a name may be to be compared: a longer one is no typing error. */
const MAX_LENGTH = 100;

/**
 * The known name that is nearest to the given one, or `undefined` when none is near: at most one edit for every
 * three characters, where an edit inserts, drops or replaces a character or swaps two neighbours. Capitals,
 * hyphens and underscores do not count. Of equally near names the first wins.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(nearest('prot', ['host', 'port']), 'port');
 * assert.equal(nearest('MAX_BODY', ['maxBody', 'maxHeader']), 'maxBody');
 * assert.equal(nearest('colour', ['port', 'host']), undefined);
 * ```
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const wanted = fold(name);
  if (wanted.length > MAX_LENGTH) return undefined;
  let found: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const folded = fold(candidate);
    const bound = Math.max(1, Math.floor(Math.max(wanted.length, folded.length) / 3));
    if (Math.abs(wanted.length - folded.length) > bound) continue;
    const edits = distance(wanted, folded);
    if (edits <= bound && edits < least) {
      found = candidate;
      least = edits;
    }
  }
  return found;
}

/**
 * The end of a sentence about an unknown name: the nearest known one, else all of them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(suggest('prot', ['host', 'port']), 'did you mean "port"?');
 * assert.equal(suggest('colour', ['port', 'host']), 'known are "host", "port"');
 * ```
 */
export function suggest(name: string, known: Iterable<string>): string {
  const names = [...known];
  const found = nearest(name, names);
  if (found !== undefined) return `did you mean ${JSON.stringify(found)}?`;
  if (names.length === 0) return 'none is known';
  const listed = names.toSorted().map((known) => JSON.stringify(known));
  return `known are ${listed.join(', ')}`;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Optimal string alignment: Levenshtein's distance with swaps of neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let least = Math.min(
        at(above, column) + 1,
        at(current, column - 1) + 1,
        at(above, column - 1) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) least = Math.min(least, at(before, column - 2) + 1);
      current.push(least);
    }
    before = above;
    above = current;
  }
  return at(above, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
