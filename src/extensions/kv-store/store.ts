/**
 * Where the values of one application are kept.
 *
 * @module
 */
import type { KvValue } from './value.ts';

/**
 * Every method is atomic and synchronous. What `set` and `delete` did holds once they have returned; whether it
 * outlives the process is the backend's to say. Whatever is given or returned belongs to the receiver.
 *
 * Throws `KV_STORAGE` when the backend cannot do it; nothing has changed then.
 */
export interface Store extends Disposable {
  get(key: string): KvValue | undefined;
  set(key: string, value: KvValue): void;
  delete(key: string): void;
  /** How many keys there are, and the bytes of keys and values together. */
  measure(): { readonly keys: number; readonly bytes: number };
}
