// The echo in TypeScript; the build strips its types and bundles it.
import { log } from 'hermes:logging/api';
import { utf8 } from '../js/utf8.js';

type Header = [name: string, values: string[]];
interface HttpResponse {
  code: number;
  headers: Header[];
  body: Uint8Array;
}

export const event = {
  reply(
    body: Uint8Array,
    headers: Header[],
    path: string,
    method: string,
  ): { tag: 'http'; val: HttpResponse } {
    log('info', 'echo.ts', 'reply', undefined, undefined, undefined, `${method} ${path}`, undefined);
    const out = JSON.stringify({ method, path, bodyLength: body.length, headers });
    return {
      tag: 'http',
      val: { code: 200, headers: [['content-type', ['application/json']]], body: utf8(out) },
    };
  },
};
