/**
 * From a request to its answer.
 *
 * @module
 */
import type { AttachedApp, ExtensionContext } from '../../engine/extension.ts';
import type { Vfs } from '../../vfs/vfs.ts';
import { type Answer, type Audience, type Header, links, refusal } from './answer.ts';
import { readBody } from './body.ts';
import type { HttpGatewayConfig } from './config.ts';
import type { Exchange } from './connection.ts';
import { allows, preflightAnswer, preflightMethod, withOrigin } from './cors.ts';
import { dispatch, RETRY, unavailable } from './dispatch.ts';
import { siteOf } from './hosts.ts';
import type { createIntake } from './intake.ts';
import { originAllowed } from './origin.ts';
import { type Asked, guestHeaders, readRequest } from './request.ts';
import type { Endpoints } from './routes/endpoints.ts';
import { match, type Target } from './routes/match.ts';
import { serveFile } from './static/serve.ts';
import type { Variants } from './static/variants.ts';
import type { Stream, Watch } from './watch/watching.ts';

/** An application that is served. */
export interface Served {
  readonly app: AttachedApp;
  readonly vfs: Vfs;
  readonly endpoints: Endpoints;
}

export interface GatewayOptions {
  readonly context: Pick<ExtensionContext, 'emit' | 'log'>;
  readonly config: HttpGatewayConfig;
  /** By name. */
  readonly apps: ReadonlyMap<string, Served>;
  readonly variants: Variants;
  /** What each application may take in. */
  readonly intake: ReturnType<typeof createIntake>;
  /** While somebody writes the applications: pages that reload themselves. */
  readonly watch: () => Watch | undefined;
  /** Whether no more requests are taken. */
  readonly isClosing: () => boolean;
}

export interface Outcome {
  /** `undefined` when there is nobody left to answer. */
  readonly answer: Answer | undefined;
  /** Answers in the place of `answer`, without an end. */
  readonly stream?: Stream['stream'];
  readonly app?: string | undefined;
}

/** A function that answers one request. It rejects only when the gateway itself fails. */
export function createGateway(options: GatewayOptions): (exchange: Exchange) => Promise<Outcome> {
  const { config } = options;
  const isolation = isolationOf(config);
  let requests = 0;

  return async (exchange) => {
    const { request } = exchange;
    const { method = '', url = '', rawHeaders, headers } = request;
    const audience: Audience = { navigation: isNavigation(method, headers), isolation };
    const asked = readRequest({ method, url, rawHeaders });
    if (typeof asked === 'string') return { answer: refusal(400, { ...audience, text: asked, close: true }) };
    if (exchange.expects === 'unknown') {
      return {
        answer: refusal(417, { ...audience, text: 'The expectation is not known here', close: true }),
      };
    }
    const served = findApp(asked, options, { ...audience, localAddress: request.socket.localAddress });
    if ('status' in served) return { answer: served };
    const app = served.app.name;
    if (asked.path === '*') {
      return { app, answer: { status: 204, headers: [['Allow', 'GET, HEAD, OPTIONS']], body: undefined } };
    }
    const watch = options.watch();
    const own = watch?.answer(app, asked.path, method);
    if (own) return 'stream' in own ? { app, answer: undefined, ...own } : { app, answer: own };
    const { 'content-type': contentType } = headers;
    if (isPreflightFor(served.endpoints, { asked, exchange }))
      return { app, answer: preflightAnswer(headers) };
    const target = match(served.endpoints, { path: asked.path, method, contentType });
    if (target.kind === 'static') {
      const { path, query } = asked;
      const file = { ...audience, method, path, query, headers, allow: target.allow };
      const { endpoints } = served;
      const vfs = watch ? watch.vfsOf(app, served.vfs) : served.vfs;
      const source = { owner: served, vfs, variants: options.variants, immutable: endpoints.immutable };
      return { app, answer: await serveFile(file, source) };
    }
    const id = String(++requests);
    return {
      app,
      answer: await answerApi(exchange, { served, asked, target, audience, id, ...options }),
    };
  };
}

/** The application that a request is for, or why it cannot be served. */
function findApp(
  asked: Asked,
  { config, apps, isClosing }: GatewayOptions,
  { localAddress, ...audience }: Audience & { readonly localAddress: string | undefined },
): Served | Answer {
  const site = siteOf(asked.host.name, { hosts: config.hosts, localAddress });
  if (site.kind === 'foreign') {
    return refusal(421, { ...audience, text: 'This server does not answer for this host' });
  }
  const only = apps.size === 1 ? apps.values().next().value : undefined;
  const served = site.kind === 'app' ? apps.get(site.app) : only;
  if (served !== undefined) {
    return isClosing() || served.app.state !== 'running' ? unavailable(audience) : served;
  }
  // Before the first application is there, none is missing: the engine has only just been started.
  if (apps.size === 0) return unavailable(audience);
  if (site.kind === 'app') return refusal(404, { ...audience, text: 'There is no application of this name' });
  const port = asked.host.port === undefined ? '' : `:${asked.host.port}`;
  const { isolation } = audience;
  return links({ status: asked.path === '/' ? 200 : 404, apps: [...apps.keys()].sort(), port, isolation });
}

interface ApiOptions extends GatewayOptions {
  readonly served: Served;
  readonly asked: Asked;
  readonly target: Target;
  readonly audience: Audience;
  readonly id: string;
}

async function answerApi(exchange: Exchange, options: ApiOptions): Promise<Answer | undefined> {
  const { request, response, expects, broken } = exchange;
  const { served, asked, target, audience, id, config, context } = options;
  const { method = '', headers, rawHeaders } = request;
  const route = target.kind === 'route' ? target.route : undefined;
  const allowed = route?.allowedOrigins ?? NOBODY;
  if (!originAllowed({ method, headers, authority: asked.authority, allowed })) {
    return refusal(403, { ...audience, text: 'Requests of other sites are not allowed here' });
  }
  const onWanted = expects === 'continue' ? () => response.writeContinue() : undefined;
  const intake = options.intake(served.app.name);
  const read = await readBody(request, { max: config.maxRequestBytes, intake, onWanted, signal: broken });
  switch (read.kind) {
    case 'too-large':
      return refusal(413, { ...audience, text: 'The body of the request is too large', close: true });
    case 'busy':
      return refusal(503, {
        ...audience,
        headers: [RETRY],
        text: 'Too much is waiting; try again soon',
        close: true,
      });
    case 'broken':
      return brokenAnswer(broken, audience);
    case 'body': {
      try {
        const answer = await dispatch(
          {
            id,
            app: served.app.name,
            module: route?.module,
            body: read.body,
            headers: guestHeaders(rawHeaders, asked.authority),
            path: asked.target,
            method,
          },
          {
            ...audience,
            emit: context.emit,
            log: context.log,
            maxResponseBytes: config.maxResponseBytes,
            allow: target.kind === 'route' ? [] : target.allow,
          },
        );
        return withOrigin(answer, headers.origin, allowed);
      } finally {
        read.release();
      }
    }
  }
}

const NOBODY: ReadonlySet<string> = new Set();

/** What the parser or the clock said; nothing when the client simply went away. */
function brokenAnswer(broken: AbortSignal, audience: Audience): Answer | undefined {
  if (!broken.aborted) return undefined;
  const status = Number(broken.reason);
  const text =
    status === 408 ? 'The request took too long to arrive' : 'The body of the request is malformed';
  return refusal(status, { ...audience, text, close: true });
}

/** Whether a browser asks leave for a request that a route takes from the origin of its page. */
function isPreflightFor(
  endpoints: Endpoints,
  { asked, exchange }: { readonly asked: Asked; readonly exchange: Exchange },
): boolean {
  const { method = '', headers } = exchange.request;
  const wanted = preflightMethod(method, headers);
  if (wanted === undefined) return false;
  const target = match(endpoints, { path: asked.path, method: wanted, contentType: 'any' });
  return target.kind === 'route' && allows(target.route.allowedOrigins, headers.origin ?? '');
}

/** Whether a person is to see the answer as a page. */
function isNavigation(method: string, headers: Exchange['request']['headers']): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const mode = headers['sec-fetch-mode'];
  return mode === undefined ? (headers.accept?.includes('text/html') ?? false) : mode === 'navigate';
}

function isolationOf({ coop, coep }: HttpGatewayConfig): readonly Header[] {
  const headers: Header[] = [];
  if (coop !== 'off') headers.push(['Cross-Origin-Opener-Policy', coop]);
  if (coep !== 'off') headers.push(['Cross-Origin-Embedder-Policy', coep]);
  return headers;
}
