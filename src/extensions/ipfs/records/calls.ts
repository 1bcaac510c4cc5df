/**
 * What the main thread asks of the part `records` in the node's thread.
 *
 * @module
 */

/** Where a record belongs: a namespace, a name in it and, where only some may write, who. */
export interface Place {
  readonly namespace: string;
  readonly key: Uint8Array;
  /** Peer ids; absent where anybody may write. */
  readonly authors?: readonly string[];
}

/** The calls, each with its arguments and its answer; the part answers `records.put` and so on. */
export interface RecordCalls {
  /** True when another engine has taken the record. Throws `RECORD_AUTHOR`, `RECORD_LIMIT`, `RECORD_BUSY`. */
  put(place: Place, value: Uint8Array): Promise<boolean>;
  /** Throws `RECORD_NOT_FOUND`, `RECORD_BUSY`. */
  get(place: Place): Promise<Uint8Array>;
  /** Throws `RECORD_LIMIT`, `RECORD_BUSY`. */
  provide(place: Place): Promise<void>;
  /** Peer ids; throws `RECORD_BUSY`. */
  providers(place: Place): Promise<readonly string[]>;
}
