import { createRequire } from 'node:module';

/** One list of 2,048 words. */
export interface Language {
  readonly name: string;
  readonly words: readonly string[];
  /** The number of a word in NFKD; `undefined` when it is not in the list. */
  indexOf(word: string): number | undefined;
}

export interface Languages {
  /** By its name, exactly; `undefined` when there is no such list. */
  find(name: string): Language | undefined;
  readonly all: () => readonly Language[];
}

/** Names for guests, and the files of the library. Portuguese is left out: guests of other engines do not know it. */
const FILES: Readonly<Record<string, string>> = {
  English: 'english',
  SimplifiedChinese: 'simplified-chinese',
  TraditionalChinese: 'traditional-chinese',
  Czech: 'czech',
  French: 'french',
  Italian: 'italian',
  Japanese: 'japanese',
  Korean: 'korean',
  Spanish: 'spanish',
};

/**
 * The lists of BIP39, each read when it is first needed.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(createLanguages().find('Czech')?.words.length, 2048);
 * assert.equal(createLanguages().find('czech'), undefined);
 * ```
 */
export function createLanguages(): Languages {
  // Host functions answer at once, so what is loaded late must be loaded at once too.
  const require = createRequire(import.meta.url);
  const loaded = new Map<string, Language>();
  const find = (name: string): Language | undefined => {
    const file = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
    if (file === undefined) return undefined;
    return loaded.getOrInsertComputed(name, () => {
      const { wordlist } = require(`@scure/bip39/wordlists/${file}.js`) as {
        readonly wordlist: readonly string[];
      };
      const indices = new Map(wordlist.map((word, index) => [word, index]));
      return { name, words: wordlist, indexOf: (word) => indices.get(word) };
    });
  };
  return { find, all: () => Object.keys(FILES).flatMap((name) => find(name) ?? []) };
}
