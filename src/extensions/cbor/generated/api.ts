// Written by "npm run generate" from ../wit/: change that, not this.

/** Any bytes. */
export type Bstr = Uint8Array;

/** One CBOR data item. The engine stores it and passes it on as it is, without checking it. */
export type Cbor = Bstr;
