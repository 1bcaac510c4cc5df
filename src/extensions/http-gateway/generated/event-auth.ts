// Written by "npm run generate" from ../wit/: change that, not this.

import type { AuthRequest, HttpResponse } from './api.ts';
export type { AuthRequest, HttpResponse } from './api.ts';

/** Functions of `hermes:http-gateway/event-auth`. */
export interface HttpGatewayEventAuth {
  /**
   * Called before a request reaches a module. Only an answer with code 200 lets it pass; any other answer is
   * sent to the client.
   */
  validateAuth(request: AuthRequest): HttpResponse | undefined;
}
