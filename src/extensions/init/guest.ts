import { type GuestHalf, remote } from '../../engine/extension.ts';

export const guest: GuestHalf = { imports: () => ({ 'hermes:init/api': { done: remote('done') } }) };
