// Written by "npm run generate" from ../wit/: change that, not this.

/** One JSON text. The engine stores it and passes it on as it is, without checking it. */
export type Json = string;
