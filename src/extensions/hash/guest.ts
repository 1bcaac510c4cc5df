import type { Call, GuestHalf } from '../../engine/extension.ts';
import { createDigests, type Digests, type MacOptions } from './digests.ts';
import type { HashApi } from './generated/api.ts';
import { checkSizes, type Sizes } from './sizes.ts';

const BLAKE2S: Sizes = { digest: 32, key: 32, tweak: 8 };
const BLAKE2B: Sizes = { digest: 64, key: 64, tweak: 16 };
const BLAKE3: Sizes = { digest: 32, key: 32, tweak: 0 };

function api(digests: Digests): HashApi<Call> {
  return {
    blake2s(_, buf, outlen = BLAKE2S.digest) {
      checkSizes(BLAKE2S, { outlen });
      return digests.blake2s(buf, outlen);
    },
    blake2smac(_, buf, outlen = BLAKE2S.digest, key, salt, personal) {
      checkSizes(BLAKE2S, { outlen, key, salt, personal });
      return digests.blake2sMac(buf, outlen, macOptions(BLAKE2S, key, salt, personal));
    },
    blake2b(_, buf, outlen = BLAKE2B.digest) {
      checkSizes(BLAKE2B, { outlen });
      return digests.blake2b(buf, outlen);
    },
    blake2bmac(_, buf, outlen = BLAKE2B.digest, key, salt, personal) {
      checkSizes(BLAKE2B, { outlen, key, salt, personal });
      return digests.blake2bMac(buf, outlen, macOptions(BLAKE2B, key, salt, personal));
    },
    blake3(_, buf, outlen = BLAKE3.digest, key) {
      checkSizes(BLAKE3, { outlen, key });
      return digests.blake3(buf, outlen, key?.length ? filled(key, BLAKE3.key) : undefined);
    },
  };
}

function macOptions(
  { tweak }: Sizes,
  key: Uint8Array,
  salt: Uint8Array | undefined,
  personal: Uint8Array | undefined,
): MacOptions {
  return {
    ...(key.length > 0 && { key }),
    ...(salt && { salt: filled(salt, tweak) }),
    ...(personal && { personalization: filled(personal, tweak) }),
  };
}

/** The bytes, and zeros behind them. */
function filled(bytes: Uint8Array, length: number): Uint8Array {
  const all = new Uint8Array(length);
  all.set(bytes);
  return all;
}

export const guest: GuestHalf = { imports: () => ({ 'hermes:hash/api': { ...api(createDigests()) } }) };
