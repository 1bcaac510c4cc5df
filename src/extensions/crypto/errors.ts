import { failures } from '../../lib/errors.ts';

export const errors = {
  CRYPTO_MNEMONIC: {
    blame: 'guest',
    text: 'Cannot make a key: its mnemonic phrase is not valid; the reason named here says what to correct',
  },
  CRYPTO_PATH: {
    blame: 'guest',
    text: "Cannot derive a key: its path must be m or look like m/1852'/0/7, with at most 255 numbers below 2^31",
  },
} as const;

export const fail: ReturnType<typeof failures<keyof typeof errors>> = failures(errors);
