/**
 * From a request to its answer.
 *
 * @module
 */
import type { AttachedApp, ExtensionContext } from '../../engine/extension.ts';
import type { Vfs } from '../../vfs/vfs.ts';
import { type Answer, type Audience, type Header, links, refusal } from './answer.ts';
import { readBody, statedLength } from './body.ts';
import type { HttpGatewayConfig } from './config.ts';
import type { Exchange } from './connection.ts';
import { allows, preflightAnswer, preflightMethod, withOrigin } from './cors.ts';
import { dispatch, RETRY, unavailable } from './dispatch.ts';
import { enter } from './enter.ts';
import { siteOf } from './hosts.ts';
import type { Intakes } from './intake.ts';
import { originAllowed } from './origin.ts';
import { type Asked, guestHeaders, readRequest } from './request.ts';
import type { Held, Room } from './room.ts';
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
  /** What each application is sent in a turn of the event loop, */
  readonly intakes: Intakes;
  /** and what it may have at one time. */
  readonly room: Room;
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
    options.intakes.asked(app);
    const watch = options.watch();
    const own = watch?.answer(app, asked.path, method);
    if (own) return 'stream' in own ? { app, answer: undefined, ...own } : { app, answer: own };
    const { 'content-type': contentType } = headers;
    if (isPreflightFor(served.endpoints, { asked, exchange }))
      return { app, answer: preflightAnswer(headers) };
    const target = match(served.endpoints, { path: asked.path, method, contentType });
    if (target.kind === 'static') {
      if (!(await enter(exchange, { ...options, app, bytes: 0 }))) return { app, answer: busy(audience) };
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
  const { request, broken } = exchange;
  const { served, asked, target, audience, config } = options;
  const { method = '', headers } = request;
  const route = target.kind === 'route' ? target.route : undefined;
  const allowed = route?.allowedOrigins ?? NOBODY;
  if (!originAllowed({ method, headers, authority: asked.authority, allowed })) {
    return refusal(403, { ...audience, text: 'Requests of other sites are not allowed here' });
  }
  const bytes = statedLength(headers) ?? 0;
  if (bytes > config.maxRequestBytes) return tooLarge(audience);
  const held = await enter(exchange, { ...options, app: served.app.name, bytes });
  if (!held) return broken.aborted || request.destroyed ? brokenAnswer(broken, audience) : busy(audience);
  try {
    const answer = await answerHeld(exchange, { ...options, held });
    return answer && withOrigin(answer, headers.origin, allowed);
  } finally {
    held.release();
  }
}

/** Once there is room for it. */
async function answerHeld(
  { request, response, expects, broken }: Exchange,
  options: ApiOptions & { readonly held: Held },
): Promise<Answer | undefined> {
  const { served, asked, target, audience, id, config, context, held } = options;
  const { method = '', rawHeaders } = request;
  const app = served.app.name;
  const read = await readBody(request, {
    max: config.maxRequestBytes,
    intake: options.intakes.of(app),
    held,
    onWanted: expects === 'continue' ? () => response.writeContinue() : undefined,
    signal: broken,
  });
  if (read.kind === 'too-large') return tooLarge(audience);
  if (read.kind === 'busy') return busy(audience);
  if (read.kind === 'broken') return brokenAnswer(broken, audience);
  return dispatch(
    {
      id,
      app,
      module: target.kind === 'route' ? target.route.module : undefined,
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
}

function tooLarge(audience: Audience): Answer {
  return refusal(413, { ...audience, text: 'The body of the request is too large', close: true });
}

function busy(audience: Audience): Answer {
  const text = 'Too much is waiting; try again soon';
  return refusal(503, { ...audience, headers: [RETRY], text, close: true });
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
