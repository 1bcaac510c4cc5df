// The echo as users write it: `hermes build` makes a module of it.
import { json } from 'hermes:guest';
import type { Reply } from 'hermes:http-gateway/event';
import { log } from 'hermes:logging/api';

export const reply: Reply = (body, headers, path, method) => {
  log('info', 'echo.ts', 'reply', undefined, undefined, undefined, `${method} ${path}`, undefined);
  return json({ method, path, bodyLength: body.length, headers });
};
