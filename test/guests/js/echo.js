// The echo in JavaScript: one object under the short name that the event interfaces share.
import { log } from 'hermes:logging/api';
import { utf8 } from './utf8.js';

export const event = {
  reply(body, headers, path, method) {
    log('info', 'echo.js', 'reply', undefined, undefined, undefined, `${method} ${path}`, undefined);
    const out = JSON.stringify({ method, path, bodyLength: body.length, headers });
    return {
      tag: 'http',
      val: { code: 200, headers: [['content-type', ['application/json']]], body: utf8(out) },
    };
  },
};
