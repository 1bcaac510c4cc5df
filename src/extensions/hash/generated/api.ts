// Written by "npm run generate" from ../wit/: change that, not this.

/** Any bytes. */
export type Bstr = Uint8Array;

/** 256 bits. */
export type B256 = readonly [bigint, bigint, bigint, bigint];

/** A BLAKE2b digest of 32 bytes. */
export type Blake2b256 = B256;

/** Why there is no digest. */
export type Errno =
  | 'key-too-big'
  | 'hash-too-big'
  | 'salt-too-big'
  | 'personal-too-big'
  | 'invalid-digest-byte-length';

/** Functions of `hermes:hash/api`. */
export interface HashApi<C> {
  /**
   * BLAKE2s: a digest of 1 to 32 bytes, 32 when `outlen` is `none`. Digests of different lengths have nothing
   * in common.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  blake2s(call: C, buf: Bstr, outlen: number | undefined): Bstr;

  /**
   * Keyed BLAKE2s: a digest of 1 to 32 bytes, 32 when `outlen` is `none`. The key has at most 32 bytes, an empty
   * one is no key. Salt and personalisation have at most 8 bytes each; shorter ones are filled with zeros.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  blake2smac(call: C, buf: Bstr, outlen: number | undefined, key: Bstr, salt: Bstr | undefined, personal: Bstr | undefined): Bstr;

  /**
   * BLAKE2b: a digest of 1 to 64 bytes, 64 when `outlen` is `none`. Digests of different lengths have nothing
   * in common.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  blake2b(call: C, buf: Bstr, outlen: number | undefined): Bstr;

  /**
   * Keyed BLAKE2b: a digest of 1 to 64 bytes, 64 when `outlen` is `none`. The key has at most 64 bytes, an empty
   * one is no key. Salt and personalisation have at most 16 bytes each; shorter ones are filled with zeros.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  blake2bmac(call: C, buf: Bstr, outlen: number | undefined, key: Bstr, salt: Bstr | undefined, personal: Bstr | undefined): Bstr;

  /**
   * BLAKE3: a digest of 1 to 32 bytes, 32 when `outlen` is `none`; a shorter one is the beginning of the longer.
   * The standard's key has 32 bytes; a shorter one is filled with zeros, an empty one is no key.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  blake3(call: C, buf: Bstr, outlen: number | undefined, key: Bstr | undefined): Bstr;
}
