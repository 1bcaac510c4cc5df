// Written by "npm run generate" from ../wit/: change that, not this.

/** Any bytes. */
export type Bstr = Uint8Array;

/**
 * A name and its values. In a request the name is in lower case and there is one entry for each line of the
 * request, with exactly one value, in the order in which the lines came. In a response every value becomes a
 * line of its own.
 */
export type Header = readonly [string, readonly string[]];

export type Headers = readonly Header[];

/**
 * A response. The gateway answers 502 in its place, and logs why, when the code is not between 200 and 599, a
 * header name or value has a character that HTTP does not allow there, a header is the connection's own
 * business (`connection`, `transfer-encoding`, `upgrade`, …), `content-length` is not the length of the
 * body, or there is a body where the code allows none.
 */
export interface HttpResponse {
  readonly code: number;
  readonly headers: Headers;
  readonly body: Bstr;
}

/** What a module answers with. */
export type HttpGatewayResponse =
  | { readonly tag: 'http'; readonly val: HttpResponse }
  | { readonly tag: 'internal-redirect'; readonly val: string };

/** How much a route insists on knowing who asks. */
export type AuthLevel =
  | { readonly tag: 'required' }
  | { readonly tag: 'optional' }
  | { readonly tag: 'none' };

/** What is shown to the module that knows who asks. */
export interface AuthRequest {
  readonly headers: Headers;
  readonly authLevel: AuthLevel;
}
