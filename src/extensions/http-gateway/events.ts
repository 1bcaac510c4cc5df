import type { HostEvent } from '../../engine/extension.ts';

/** A header line as the WIT has it: name in lower case, one value. */
export type HeaderEntry = readonly [name: string, values: readonly [value: string]];

export const REPLY = 'hermes:http-gateway/event#reply';
export const VALIDATE_AUTH = 'hermes:http-gateway/event-auth#validate-auth';

/** What a module is told of one request. */
export interface ApiRequest {
  /** Unique in the life of the gateway. */
  readonly id: string;
  readonly app: string;
  /** The module that a route names; without one all are asked. */
  readonly module: string | undefined;
  readonly body: Uint8Array;
  readonly headers: readonly HeaderEntry[];
  /** As it came, with the query. */
  readonly path: string;
  readonly method: string;
}

/**
 * One request. Every request has a source of its own, so no two wait for each other in the queue; requests of one
 * connection come one after another because the gateway reads the next when the last is answered.
 * Delivered at most once to each module asked.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const event = reply({
 *   id: '7', app: 'shop', module: undefined, body: new Uint8Array(2), headers: [['host', ['a']]], path: '/api', method: 'GET',
 * });
 * assert.deepEqual([event.source, event.modules, event.reply, event.bytes], [['http', '7'], 'exporting', 'first', 14]);
 * ```
 */
export function reply(request: ApiRequest): HostEvent {
  const { id, app, module, body, headers, path, method } = request;
  let bytes = body.length + path.length + method.length;
  for (const [name, [value]] of headers) bytes += name.length + value.length;
  return {
    name: REPLY,
    source: ['http', id],
    app,
    modules: module === undefined ? 'exporting' : [module],
    reply: 'first',
    args: [body, headers, path, method],
    bytes,
  };
}
