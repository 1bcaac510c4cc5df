/**
 * The messages of the guestbook over HTTP:
 *
 *   GET    /api/messages        all of them, newest first
 *   POST   /api/messages        leaves one: { "name": "…", "text": "…" }
 *   DELETE /api/messages/<id>   removes one
 *
 * Whatever is refused is answered with { "error": { "message", "field"? } }.
 */
import { json } from 'hermes:guest';
import type { HttpGatewayResponse } from 'hermes:http-gateway/api';
import type { Reply } from 'hermes:http-gateway/event';
import { addMessage, listMessages, removeMessage } from './messages.ts';
import { Refusal, readEntry } from './request.ts';

export const reply: Reply = (body, headers, path, method) => {
  try {
    return answer({ body, contentType: header(headers, 'content-type'), path, method });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { message, field } = error;
    return json(
      { error: field ? { message, field } : { message } },
      { code: error.code, headers: error.headers },
    );
  }
};

interface Request {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** With its query. */
  readonly path: string;
  readonly method: string;
}

function answer({ body, contentType, path, method }: Request): HttpGatewayResponse | null {
  const [, , collection, id, ...rest] = path.replace(/\?.*$/s, '').split('/');
  if (collection !== 'messages' || rest.length > 0) return null;
  if (id === undefined) {
    if (method === 'GET' || method === 'HEAD') return json({ messages: listMessages() }, fresh);
    if (method === 'POST') {
      const message = addMessage(readEntry(body, contentType), Date.now());
      return json({ message }, { code: 201, headers: { location: `/api/messages/${message.id}` } });
    }
    throw new Refusal(405, 'Only GET and POST are possible here', { headers: { allow: 'GET, HEAD, POST' } });
  }
  if (method !== 'DELETE') {
    throw new Refusal(405, 'Only DELETE is possible here', { headers: { allow: 'DELETE' } });
  }
  if (!removeMessage(id))
    throw new Refusal(404, 'There is no such message, it may have been deleted already');
  return { tag: 'http', val: { code: 204, headers: [], body: new Uint8Array() } };
}

/** The list changes with every message. */
const fresh = { headers: { 'cache-control': 'no-store' } };

function header(headers: readonly (readonly [string, readonly string[]])[], name: string): string {
  return headers.find(([found]) => found === name)?.[1][0] ?? '';
}
