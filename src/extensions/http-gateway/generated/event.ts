// Written by "npm run generate" from ../wit/: change that, not this.

import type { Headers, HttpGatewayResponse } from './api.ts';
export type { Headers, HttpGatewayResponse } from './api.ts';

/** Any bytes. */
export type Bstr = Uint8Array;

/** Functions of `hermes:http-gateway/event`. */
export interface HttpGatewayEvent {
  /**
   * Called for a request to `/api`, below it, or to a path that a route in the application's
   * `share/endpoints.json` names.
   *
   * A route asks its own module. Without one the modules are asked one after another in the order of the
   * application's manifest until one answers `some`. When all answer `none` the client gets 404. A trap
   * ends the matter: the client gets 502, or 504 when the deadline passed.
   *
   * Called at most once for a request and module. Requests of one connection are called one after another;
   * those of different connections are not ordered, any number run at the same time. A call runs to its end
   * when the client has gone away.
   *
   * `path` is the request's path as it came, not decoded, with its query. `method` is as it came, `HEAD` too: of
   * the answer to that one the client gets all but the body.
   */
  reply(body: Bstr, headers: Headers, path: string, method: string): HttpGatewayResponse | undefined;
}
