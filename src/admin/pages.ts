/**
 * What an engine says over HTTP of itself: `/metrics` and `/healthz`, nothing else.
 *
 * @module
 */
import type { RequestListener, ServerResponse } from 'node:http';
import type { Logger } from '../telemetry/logger.ts';
import type { Health } from './health.ts';

export interface PagesOptions {
  /** The Prometheus text. */
  readonly metrics: () => string;
  readonly health: () => Health;
  readonly log: Logger;
}

interface Page {
  readonly status: number;
  readonly type?: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A listener for a `node:http` server; every connection serves one request. Never throws. */
export function createPages(options: PagesOptions): RequestListener {
  const { log } = options;
  return (request, response) => {
    const { method = '', url = '' } = request;
    try {
      send(response, pageOf({ method, path: url.replace(/\?.*$/s, '') }, options));
    } catch (error) {
      log.error('Page of the engine failed', { method }, error);
      send(response, { status: 500, text: 'The engine failed to say how it is; see its log' });
    }
  };
}

function pageOf(
  { method, path }: { readonly method: string; readonly path: string },
  { metrics, health }: PagesOptions,
): Page {
  if (path !== '/metrics' && path !== '/healthz')
    return { status: 404, text: 'Here are only /metrics and /healthz' };
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, text: 'This page can only be read', headers: { Allow: 'GET, HEAD' } };
  if (path === '/metrics')
    return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', text: metrics() };
  const { ok, reasons } = health();
  return ok
    ? { status: 200, text: 'ok' }
    : { status: 503, text: reasons.join('\n'), headers: { 'Retry-After': '1' } };
}

function send(response: ServerResponse, { status, type, text, headers }: Page): void {
  const body = Buffer.from(text.endsWith('\n') ? text : `${text}\n`);
  response.writeHead(status, {
    'Content-Type': type ?? 'text/plain; charset=utf-8',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
    ...headers,
  });
  // Node leaves the body out where HEAD was asked.
  response.end(body);
}
