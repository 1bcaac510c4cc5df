import type { Call, GuestHalf } from '../../engine/extension.ts';
import type { LoggingApi } from './generated/api.ts';
import { createLines, type Lines } from './lines.ts';

const key: unique symbol = Symbol('hermes:logging');

const api: LoggingApi<Call> = {
  log(call, level, file, name, line, col, ctx, msg, data) {
    const lines: Lines = call.state(key, () =>
      createLines(call.log, { lines: call.limits.logLines, bytes: call.limits.logBytes }),
    );
    lines.write({ level, file, function: name, line, col, ctx, msg, data });
  },
};

export const guest: GuestHalf = { imports: () => ({ 'hermes:logging/api': { ...api } }) };
