/**
 * Files that an extension fetches when a guest looks at them.
 *
 * @module
 */

/** What lies at a path whose content comes from elsewhere. */
export type LateFile =
  | {
      readonly kind: 'file';
      readonly size: number;
      /** One content has one, whatever its path. */
      readonly identity: string;
      /** All of it, when it is to be opened. */
      readonly bytes?: Uint8Array<ArrayBuffer>;
    }
  | {
      readonly kind: 'directory';
      readonly identity: string;
      /** What is in it, when it is to be opened. */
      readonly entries?: readonly { readonly name: string; readonly kind: 'file' | 'directory' }[];
    };

/**
 * A part of the file tree that is fetched when a guest looks at it, read-only: modules that import from the extension
 * see it, with the file functions of WASI, which wait then.
 */
export interface LateFiles {
  /** The name at the root of the tree; it can be entered, and lists nothing. */
  readonly name: string;
  /**
   * The binding's method: given a path, as `/ipfs/…`, and whether it is to be looked at or opened, it answers a
   * {@link LateFile}, `undefined` when nothing is there, or a word of `error-code` of `wasi:filesystem/types`.
   */
  readonly method: string;
}
