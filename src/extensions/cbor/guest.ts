import type { GuestHalf } from '../../engine/extension.ts';

/** Components that use these types import the interface, so it has to be there. */
export const guest: GuestHalf = { imports: () => ({ 'hermes:cbor/api': {} }) };
