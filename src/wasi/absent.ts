/** Parts of WASI that are not offered, by what their interfaces begin with, and what to do instead. */
const ABSENT: readonly (readonly [prefix: RegExp, advice: string])[] = [
  [
    /\bwasi:sockets\//,
    'wasi:sockets is not offered, since applications own no sockets: build the module without networking, and answer requests with hermes:http-gateway',
  ],
  [
    /\bwasi:http\//,
    'wasi:http is not offered: export hermes:http-gateway/event to answer requests, and build the module without an HTTP client',
  ],
  [/\bwasi:[a-z-]+\/[a-z-]+@0\.3\./, 'WASI 0.3 is not offered yet: build the module for WASI 0.2 (wasip2)'],
  [
    /\bwasi_(snapshot_preview1|unstable)\b/,
    'WASI 0.1 is offered by an adapter only: put wasi_snapshot_preview1.reactor.wasm into the component when it is made',
  ],
];

/**
 * What to do when a module imports this and nobody offers it; `undefined` when there is nothing to say.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.match(whyAbsent('wasi:sockets/tcp@0.2.3#[method]tcp-socket.bind') ?? '', /without networking/);
 * assert.equal(whyAbsent('my:own/api#run'), undefined);
 * ```
 */
export function whyAbsent(name: string): string | undefined {
  return ABSENT.find(([prefix]) => prefix.test(name))?.[1];
}
