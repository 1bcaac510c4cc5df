// Written by "npm run generate" from ../wit/: change that, not this.

/** Any bytes. */
export type Bstr = Uint8Array;

/** 256 bits. */
export type B256 = readonly [bigint, bigint, bigint, bigint];

/** 512 bits. */
export type B512 = readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

/** Why there is no phrase. */
export type Errno =
  | 'prefix-too-long'
  | 'invalid-mnemonic-length'
  | 'word-not-found'
  | 'invalid-mnemonic'
  | 'invalid-derivational-path'
  | 'generate-entropy-failed'
  | 'unsupported-language';

/** A private key. The host gives none away. */
export type Bip32Ed25519PrivateKey = B256;

/** A private key with the second half that signing needs. The host gives none away. */
export type Bip32Ed25519ExtendedPrivateKey = B512;

/** A public key of Ed25519. */
export type Bip32Ed25519PublicKey = B256;

/** A signature of Ed25519. */
export type Bip32Ed25519Signature = B512;

/** The words of a phrase. One text with blanks between the words does as well. */
export type MnemonicPhrase = readonly string[];

/** A secret besides the phrase: words, which are joined by one blank. Its bytes are taken as they are. */
export type Passphrase = readonly string[];

/**
 * `m`, then steps: `m/1852'/1815'/0'/2/0`. A step is a number below 2^31; an apostrophe behind it hardens it.
 * At most 255 steps.
 */
export type Path = string;

/** Words with which a phrase is to begin. */
export type Prefix = readonly string[];

/** A private key, which never leaves the host. */
export type Bip32Ed25519 = object;

/** Functions of `hermes:crypto/api`. */
export interface CryptoApi<C> {
  /**
   * A new phrase of `size` words. The words of the prefix come first, at most three; all others are random, and
   * the last one checks the rest. The language is one of `English` (when it is `none`), `SimplifiedChinese`,
   * `TraditionalChinese`, `Czech`, `French`, `Italian`, `Japanese`, `Korean` and `Spanish`. Words are in Unicode's
   * decomposed form (NFKD); prefixes may have any form.
   *
   * What does not fit is found in this order: size, length of the prefix, language, words.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  generateMnemonic(call: C, size: number, prefix: Prefix, language: string | undefined): MnemonicPhrase;
}
