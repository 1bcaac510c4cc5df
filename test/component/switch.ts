/**
 * Which host function is replaced now, and by what. One value for the whole process, because guest halves are imported
 * by their URL and can be given nothing; whoever sets it runs alone.
 *
 * @module
 */
export interface Chosen {
  /** `hermes:kv-store/api#kv-get`, `hermes:crypto/api#[method]bip32-ed25519.derive`; `undefined` for none. */
  id: string | undefined;
  /** Traps, or answers the zero of its type. */
  by: 'trap' | 'zero';
  /** Whether somebody called it. */
  called: boolean;
}

export const chosen: Chosen = { id: undefined, by: 'trap', called: false };
