/** What files may take; all sizes in bytes. */
export interface FileLimits {
  /** Of one file that is added, or got in one piece. */
  readonly fileBytes: number;
  /** Of all that one application has pinned, a block that several pins share counted for each of them. */
  readonly pinnedBytes: number;
  /** Pins of one application. */
  readonly maxPins: number;
  /** Blocks below one pin. */
  readonly maxPinBlocks: number;
  /** Of the node's whole store, records and books included. */
  readonly storeBytes: number;
  /** Entries of a folder that is listed. */
  readonly maxEntries: number;
  /** Calls of one application that read, add or pin at the same time; others wait. */
  readonly atOnce: number;
  /** Memory that all calls of all applications may take for what they remember of blocks. */
  readonly workBytes: number;
  /** Milliseconds from an unpinning to the collection of what nobody needs any more. */
  readonly collectAfter: number;
}

/** What holds unless the operator says otherwise. */
export const FILE_LIMITS: FileLimits = {
  fileBytes: 16 * 1024 * 1024,
  pinnedBytes: 1024 * 1024 * 1024,
  maxPins: 10_000,
  maxPinBlocks: 262_144,
  storeBytes: 4 * 1024 * 1024 * 1024,
  maxEntries: 10_000,
  atOnce: 16,
  workBytes: 128 * 1024 * 1024,
  collectAfter: 60_000,
};

/** Of one block: what other implementations send and take at most. */
export const MAX_BLOCK: number = 2 * 1024 * 1024;

/** In one block: with hashes of 32 bytes it has no room for as many. */
export const MAX_LINKS: number = 65_536;
