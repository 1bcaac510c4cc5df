import type { Call, GuestHalf } from '../../engine/extension.ts';
import { createLines, type Line, type Lines } from './lines.ts';

const key: unique symbol = Symbol('hermes:logging');

export const guest: GuestHalf = {
  imports: () => ({
    'hermes:logging/api': {
      log(
        call: Call,
        level: Line['level'],
        file: string | undefined,
        name: string | undefined,
        line: number | undefined,
        col: number | undefined,
        ctx: string | undefined,
        msg: string,
        data: string | undefined,
      ): void {
        const lines: Lines = call.state(key, () => createLines(call.log));
        lines.write({ level, file, function: name, line, col, ctx, msg, data });
      },
    },
  }),
};
