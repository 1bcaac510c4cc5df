import type { GuestHalf } from '../engine/extension.ts';
import { wasiImports } from './index.ts';

export const guest: GuestHalf = { imports: wasiImports };
