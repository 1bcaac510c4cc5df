/**
 * Requests that modules answer.
 *
 * @module
 */
import type { Emit, Queued } from '../../engine/extension.ts';
import { isCoded } from '../../lib/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { type Answer, type Audience, refusal } from './answer.ts';
import { type ApiRequest, reply } from './events.ts';
import type { HttpGatewayResponse } from './generated/api.ts';
import { checkAnswer } from './guest-answer.ts';

export interface DispatchOptions extends Audience {
  readonly emit: Emit;
  readonly log: Logger;
  readonly maxResponseBytes: number;
  /** Methods that routes at this path take instead. */
  readonly allow: readonly string[];
}

/** What a client does when it may come again. */
export const RETRY: readonly [string, string] = ['Retry-After', '1'];

/** Asks the modules and answers for them. What went wrong inside is for the log alone. */
export async function dispatch(request: ApiRequest, options: DispatchOptions): Promise<Answer> {
  const { emit, allow } = options;
  let queued: Queued;
  try {
    queued = emit(reply(request));
  } catch (error) {
    if (!isBusy(error)) throw error;
    return unavailable(options);
  }
  const event = queued.event.id;
  const replies = await queued.done;
  for (const given of replies) {
    if (!given.ok) return failed(given.error, { request, event, module: given.module, options });
    if (given.value !== undefined) return checked(given, { request, event, options });
  }
  if (allow.length > 0) {
    const methods = [...new Set(allow)].join(', ');
    const text = 'This address cannot be used with this method';
    return refusal(405, { ...options, headers: [['Allow', methods]], text });
  }
  return refusal(404, { ...options, text: 'Nothing is at this address' });
}

/** 503: to be tried again. */
export function unavailable(audience: Audience): Answer {
  return refusal(503, {
    ...audience,
    headers: [RETRY],
    text: 'The application cannot answer now; try again soon',
  });
}

interface Failure {
  readonly request: ApiRequest;
  /** What the lines of the guest carry, too. */
  readonly event: number;
  readonly module: string;
  readonly options: DispatchOptions;
}

function checked(
  { module, value }: { readonly module: string; readonly value: unknown },
  { request, event, options }: Omit<Failure, 'module'>,
): Answer {
  try {
    const { method } = request;
    const answer = checkAnswer(value as HttpGatewayResponse, { method, maxBytes: options.maxResponseBytes });
    return { ...answer, module };
  } catch (error) {
    return failed(error, { request, event, module, options });
  }
}

function failed(error: unknown, { request, event, module, options }: Failure): Answer {
  const { id, app, method, path } = request;
  const status = statusOf(error);
  options.log.warn(
    'Module failed to answer',
    { request: id, app, module, event, method, path: withoutQuery(path), status },
    error,
  );
  if (status === 503) return { ...unavailable(options), module };
  const text = status === 504 ? 'The application took too long' : 'The application failed to answer';
  return { ...refusal(status, { ...options, text }), module };
}

function statusOf(error: unknown): number {
  if (isBusy(error)) return 503;
  return isCoded(error) && error.code === 'DEADLINE' ? 504 : 502;
}

/** Nobody's fault, and over soon: too much waits, or the application or the engine is on its way out. */
const BUSY: ReadonlySet<string> = new Set(['QUEUE_FULL', 'APP_GONE', 'APP_UNLOADED', 'ENGINE_DISPOSED']);

function isBusy(error: unknown): boolean {
  return isCoded(error) && BUSY.has(error.code);
}

/** Queries hold what people would not like to see in a log. */
export function withoutQuery(target: string): string {
  const mark = target.indexOf('?');
  return (mark < 0 ? target : target.slice(0, mark)).slice(0, 256);
}
