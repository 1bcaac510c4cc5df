/**
 * How specific a pattern is, as a number made from its text alone. Existing applications rely on these weights.
 *
 * @module
 */

/**
 * The more literal characters the higher, the more wildcards the lower. A pattern with alternatives has the mean
 * of its parts, cut at every `|` wherever it stands.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(specificity('^/api/users/[0-9]+$'), 9);
 * assert.equal(specificity('^/api/.*$'), 0);
 * assert.equal(specificity('a|b|c'), 1);
 * ```
 */
export function specificity(pattern: string): number {
  if (!pattern.includes('|')) return weigh(pattern);
  const parts = pattern.split('|');
  return Math.trunc(parts.reduce((sum, part) => sum + weigh(part), 0) / parts.length);
}

function weigh(pattern: string): number {
  const anything = count(pattern, /\.\*/g);
  return (
    count(pattern, /[\p{Alphabetic}\p{N}]/gu) +
    (pattern.includes('^') ? 5 : 0) +
    (pattern.includes('$') ? 5 : 0) -
    (anything > 0 ? 10 * anything : 2 * count(pattern, /\./g)) -
    11 * count(pattern, /\+/g) -
    3 * count(pattern, /\*/g) -
    2 * count(pattern, /\?/g) +
    4 * count(pattern, /\{\d+\}/g)
  );
}

function count(text: string, what: RegExp): number {
  return text.match(what)?.length ?? 0;
}
