import { type GuestHalf, remote } from '../../../../src/engine/extension.ts';

export const guest: GuestHalf = {
  imports: () => ({ 'hermes:ring/api': { pass: remote('pass') } }),
};
