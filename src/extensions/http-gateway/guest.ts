import type { GuestHalf } from '../../engine/extension.ts';

/** The gateway calls guests and is never called by them: its interface only holds types. */
export const guest: GuestHalf = {
  imports: () => ({ 'hermes:http-gateway/api': {} }),
};
