import type { IHasher } from 'hash-wasm';

type Digest = (bytes: Uint8Array) => Uint8Array;

/** Digests that somebody may need by the million: Cardano's two lengths of BLAKE2b, and BLAKE3. */
const MAKERS = {
  'blake2b-28': ({ createBLAKE2b }) => createBLAKE2b(224),
  'blake2b-32': ({ createBLAKE2b }) => createBLAKE2b(256),
  blake3: ({ createBLAKE3 }) => createBLAKE3(),
} as const satisfies Readonly<Record<string, (library: typeof import('hash-wasm')) => Promise<IHasher>>>;

export interface FastDigests {
  /** `undefined` when there is none of this name, and until it is loaded, which the first call begins. */
  find(name: string): Digest | undefined;
  /** Resolves when what was asked for is loaded. */
  loaded(): Promise<void>;
}

/**
 * Digests in WebAssembly. They can only be loaded while nobody waits, so the first calls must do without.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const fast = createFastDigests();
 * assert.equal(fast.find('blake3'), undefined);
 * await fast.loaded();
 * assert.equal(fast.find('blake3')?.(new Uint8Array()).toHex().slice(0, 8), 'af1349b9');
 * ```
 */
export function createFastDigests(): FastDigests {
  const ready = new Map<string, Digest>();
  const loading = new Map<string, Promise<void>>();

  async function load(name: keyof typeof MAKERS): Promise<void> {
    const hasher = await MAKERS[name](await import('hash-wasm'));
    ready.set(name, (bytes) => {
      hasher.init();
      hasher.update(bytes);
      return hasher.digest('binary');
    });
  }

  return {
    find(name) {
      const found = ready.get(name);
      if (!found && Object.hasOwn(MAKERS, name) && !loading.has(name)) {
        const promise = load(name as keyof typeof MAKERS);
        loading.set(name, promise);
        // Whoever asks `loaded` hears of it; all others have the slower way, which answers the same.
        promise.catch(() => undefined);
      }
      return found;
    },
    async loaded() {
      await Promise.all(loading.values());
    },
  };
}
