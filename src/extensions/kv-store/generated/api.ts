// Written by "npm run generate" from ../wit/: change that, not this.

/** Any bytes. */
export type Bstr = Uint8Array;

/** One CBOR data item. The engine stores it and passes it on as it is, without checking it. */
export type Cbor = Bstr;

/** One JSON text. The engine stores it and passes it on as it is, without checking it. */
export type Json = string;

/** A value and its type. Values of different types are never equal: `kv-u64(7)` is not `kv-s64(7)`. */
export type KvValues =
  | { readonly tag: 'kv-string'; readonly val: string }
  | { readonly tag: 'kv-s64'; readonly val: bigint }
  | { readonly tag: 'kv-u64'; readonly val: bigint }
  | { readonly tag: 'kv-f64'; readonly val: number }
  | { readonly tag: 'kv-bstr'; readonly val: Bstr }
  | { readonly tag: 'kv-cbor'; readonly val: Cbor }
  | { readonly tag: 'kv-json'; readonly val: Json };

/** Functions of `hermes:kv-store/api`. */
export interface KvStoreApi<C> {
  /** Stores the value under the key; `none` deletes the key. */
  kvSet(call: C, key: string, value: KvValues | undefined): void;

  /** Returns the value of the key, or the default when there is none. Changes nothing. */
  kvGetDefault(call: C, key: string, default_: KvValues | undefined): KvValues | undefined;

  /** Returns the value of the key, or `none`. */
  kvGet(call: C, key: string): KvValues | undefined;

  /** Stores the value as `kv-set` does and returns the one that was there before. */
  kvGetSet(call: C, key: string, value: KvValues | undefined): KvValues | undefined;

  /**
   * Adds to the value of the key and returns the one that was there before. The stored value keeps its type.
   *
   * - number and number: the exact sum, rounded to the nearest value of the stored type (halves away from zero
   *   in integers, to even in `kv-f64`); an integer type that cannot hold it stores its largest or smallest
   *   value. `kv-u64(10)` and `kv-s64(-5)` make `kv-u64(5)`. A sum that is not a number changes nothing.
   * - string and string, bytes and bytes (`kv-bstr`): the second behind the first.
   * - string and number: the number as decimal text behind the string, without a blank. A float takes as few
   *   digits as tell it from every other, an integral one no fraction (`kv-f64(2)` adds `2`), one below 1e-6 or
   *   from 1e21 on an exponent. Infinities and not-a-number change nothing.
   * - no value under the key: stores the operand and returns `none`.
   * - anything else, `none` included: changes nothing.
   *
   * A string or byte string that would be longer than 1 MiB is cut there; a string never inside a character.
   */
  kvAdd(call: C, key: string, value: KvValues | undefined): KvValues | undefined;

  /**
   * Compares the value of the key with `test` and, when both are the same in type and value, stores `value`
   * as `kv-set` does. `none` as `test` is the same as no value. Returns the value that was there before,
   * changed or not: the store was written to exactly when it equals `test`.
   *
   * Floats are the same when their bits are: not-a-number is the same as itself, `-0` is not the same as `0`.
   */
  kvCas(call: C, key: string, test: KvValues | undefined, value: KvValues | undefined): KvValues | undefined;

  /**
   * From now on the calling module gets `kv-update` for every write of the key, whoever writes; a second
   * subscription is the same as one. Ends with `kv-unsubscribe` or when the application is unloaded: it is
   * not stored. An application has at most 1,000 of them, then the call traps. Returns the value of the key.
   */
  kvSubscribe(call: C, key: string): KvValues | undefined;

  /**
   * Ends the subscription of the calling module, if there is one. An update that waits is dropped. Returns
   * the value of the key.
   */
  kvUnsubscribe(call: C, key: string): KvValues | undefined;
}
