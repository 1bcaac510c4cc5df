/**
 * Mnemonic phrases (BIP39): entropy in groups of eleven bits, the last of which ends with a checksum, each written
 * as a word.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { witError } from '../../lib/wit-error.ts';
import { fail } from './errors.ts';
import type { Languages } from './languages.ts';

/** Fills with random numbers; throws when there are none. */
export type Random = (numbers: Uint16Array<ArrayBuffer>) => void;

export interface Wanted {
  readonly size: number;
  readonly prefix: readonly string[];
  readonly language: string | undefined;
}

const SIZES: readonly number[] = [12, 15, 18, 21, 24];
const BITS = 11;
/** More than any phrase has, and short enough to be normalised without a thought. */
const MOST_CHARS = 4096;

/**
 * A new phrase. Throws the `errno` of the first thing that does not fit.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createLanguages } from './languages.ts';
 * const wanted = { size: 12, prefix: ['zoo', 'zoo'], language: 'English' };
 * const phrase = generate(wanted, createLanguages(), (numbers) => numbers.fill(0));
 * assert.equal(phrase.slice(0, 3).join(' '), 'zoo zoo abandon');
 * ```
 */
export function generate(wanted: Wanted, languages: Languages, random: Random): readonly string[] {
  const { size, prefix, language = 'English' } = wanted;
  if (!SIZES.includes(size)) throw witError('invalid-mnemonic-length');
  if (prefix.length > 3) throw witError('prefix-too-long');
  const list = languages.find(language);
  if (!list) throw witError('unsupported-language');
  const first = prefix.map((word) => list.indexOf(word.normalize('NFKD')));
  if (!first.every((index) => index !== undefined)) throw witError('word-not-found');

  const indices = new Uint16Array(size);
  for (;;) {
    random(indices);
    indices.set(first);
    for (const [at, number] of indices.entries()) indices[at] = number % 2 ** BITS;
    const entropy = entropyOf(indices);
    const last = indices[size - 1] ?? 0;
    indices[size - 1] = last - (last % 2 ** checksumBits(size)) + checksumOf(entropy);
    entropy.fill(0);
    const words = Array.from(indices, (index) => list.words[index] ?? '');
    // What stands for a second key in another language could not be read again.
    if (read(words, languages).length > 1) continue;
    indices.fill(0);
    return words;
  }
}

/**
 * The entropy of a phrase, in whichever language it is valid; the caller overwrites it. Throws `CRYPTO_MNEMONIC`,
 * without any of the words.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createLanguages } from './languages.ts';
 * const phrase = [...Array(11).fill('abandon'), 'about'];
 * assert.equal(readEntropy(phrase, createLanguages()).toHex(), '00'.repeat(16));
 * assert.throws(() => readEntropy(phrase.slice(1), createLanguages()), { code: 'CRYPTO_MNEMONIC' });
 * ```
 */
export function readEntropy(phrase: readonly string[], languages: Languages): Uint8Array {
  const text = phrase.join(' ');
  const words = text.length > MOST_CHARS ? [] : text.normalize('NFKD').split(/\s+/u).filter(Boolean);
  if (!SIZES.includes(words.length)) {
    throw fail('CRYPTO_MNEMONIC', { reason: 'a phrase has 12, 15, 18, 21 or 24 words', words: words.length });
  }
  const [found, second] = read(words, languages);
  if (second) throw fail('CRYPTO_MNEMONIC', { reason: 'the phrase stands for two keys, in two languages' });
  if (!found) throw fail('CRYPTO_MNEMONIC', whyNot(words, languages));
  return found;
}

/**
 * Every entropy that the words stand for, in languages that have all of them and whose checksum holds. The two
 * Chinese lists have many words in common, always at the same place: a phrase of those stands for one entropy.
 */
function read(words: readonly string[], languages: Languages): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const { indexOf } of languages.all()) {
    const indices = words.map(indexOf);
    if (!indices.every((index) => index !== undefined)) continue;
    const numbers = Uint16Array.from(indices);
    const entropy = entropyOf(numbers);
    const given = (numbers.at(-1) ?? 0) % 2 ** checksumBits(words.length);
    const known = found.some((other) => Buffer.compare(other, entropy) === 0);
    if (checksumOf(entropy) === given && !known) found.push(entropy);
    else entropy.fill(0);
    numbers.fill(0);
  }
  return found;
}

function whyNot(words: readonly string[], languages: Languages): Readonly<Record<string, unknown>> {
  const known = languages.all().map(({ indexOf }) => words.findIndex((word) => indexOf(word) === undefined));
  if (known.includes(-1)) return { reason: 'the checksum does not hold: a word is wrong or out of place' };
  return { reason: 'no language has all of these words', word: Math.max(...known) + 1 };
}

/** A 33rd of the bits, which is a third of the number of words. */
function checksumBits(words: number): number {
  return words / 3;
}

/** The bits of the words without the checksum at their end. */
function entropyOf(indices: Uint16Array): Uint8Array {
  const entropy = new Uint8Array((indices.length * BITS - checksumBits(indices.length)) / 8);
  for (let bit = 0; bit < entropy.length * 8; bit++) {
    const word = indices[Math.floor(bit / BITS)] ?? 0;
    const set = (word >> (BITS - 1 - (bit % BITS))) & 1;
    entropy[bit >> 3] = ((entropy[bit >> 3] ?? 0) << 1) | set;
  }
  return entropy;
}

/** The first bits of the hash, one for each 32 of entropy. */
function checksumOf(entropy: Uint8Array): number {
  const [first = 0] = createHash('sha256').update(entropy).digest();
  return first >> (8 - entropy.length / 4);
}
