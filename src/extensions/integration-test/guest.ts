import type { GuestHalf } from '../../engine/extension.ts';

/** Components that export tests import these types, so they have to be there. */
export const guest: GuestHalf = { imports: () => ({ 'hermes:integration-test/api': {} }) };
