// Written by "npm run generate" from ../wit/: change that, not this.

/** Any bytes. */
export type Bstr = Uint8Array;

/**
 * 128 bits. Here and below, bytes become numbers eight at a time, the first byte being the most
 * significant of its group, and the first group being the first element.
 */
export type B128 = readonly [bigint, bigint];

/** 256 bits. */
export type B256 = readonly [bigint, bigint, bigint, bigint];

/** 512 bits. */
export type B512 = readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
