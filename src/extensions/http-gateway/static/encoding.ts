/**
 * Which content coding a client wants: RFC 9110, 12.5.3.
 *
 * @module
 */

export type Coding = 'br' | 'gzip' | 'identity';

/** Ours, the one that we like best first. */
const CODINGS: readonly Coding[] = ['br', 'gzip', 'identity'];

/**
 * The codings that a client accepts, the one that it likes best first; of equals ours. Empty when it accepts none
 * that we have.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(acceptedCodings('gzip, deflate, br'), ['br', 'gzip', 'identity']);
 * assert.deepEqual(acceptedCodings('br;q=0.5, gzip'), ['gzip', 'br', 'identity']);
 * assert.deepEqual(acceptedCodings('identity;q=0, gzip'), ['gzip']);
 * assert.deepEqual(acceptedCodings(undefined), ['identity']);
 * ```
 */
export function acceptedCodings(header: string | undefined): readonly Coding[] {
  // Without the header anything would do, but such clients are simple ones.
  if (header === undefined) return ['identity'];
  const weights = parse(header);
  const any = weights.get('*');
  const weightOf = (coding: Coding): number =>
    // Unnamed, identity is accepted after all that is named.
    weights.get(coding) ?? any ?? (coding === 'identity' ? Number.MIN_VALUE : 0);
  return CODINGS.filter((coding) => weightOf(coding) > 0).sort((a, b) => weightOf(b) - weightOf(a));
}

function parse(header: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const part of header.split(',')) {
    const [name = '', ...parameters] = part.split(';');
    const coding = name
      .trim()
      .toLowerCase()
      .replace(/^x-gzip$/, 'gzip');
    if (coding === '') continue;
    let weight = 1;
    for (const parameter of parameters) {
      const [, value] = /^\s*q\s*=\s*(.*?)\s*$/i.exec(parameter) ?? [];
      // What cannot be read is not wanted.
      if (value !== undefined)
        weight = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(value) ? Number(value) : 0;
    }
    weights.set(coding, weight);
  }
  return weights;
}
