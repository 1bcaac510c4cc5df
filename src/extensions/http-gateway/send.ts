/**
 * An answer on its way to the client.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Answer, StreamBody } from './answer.ts';
import type { Intake } from './intake.ts';

export interface SendOptions {
  /** No further request on this connection. */
  readonly close: boolean;
  /** The client is cut off when it takes nothing for this long. */
  readonly timeoutMs: number;
  /** By which the rest of a request is read past. */
  readonly intake: Intake;
}

/** How long and how much a client that is still sending may go on, so that it comes to read the answer. */
const LINGER_MS = 1000;
const LINGER_BYTES = 64 * 1024 * 1024;
/**
 * Up to this, head and body go out as one string of one character per byte: Node joins strings, while a head and
 * a buffer are a vector of two, which costs more than the copy.
 */
const JOIN_BYTES = 16 * 1024;
/** A rest of a body below this is read and the connection kept. */
const SKIP_BYTES = 64 * 1024;

/**
 * Sends an answer; resolves when the last byte is handed over or the client is gone. Rejects when the body cannot
 * be read; the connection is then cut, because the client must not take a part for the whole.
 */
export async function send(
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  answer: Answer,
  { close, timeoutMs, intake }: SendOptions,
): Promise<void> {
  if (response.destroyed || response.socket === null) return;
  const closing = close || answer.close === true || !isSkippable(request);
  const head = request.method === 'HEAD';
  response.writeHead(answer.status, headerList(answer, { head, close: closing }));
  response.setTimeout(timeoutMs, () => response.destroy());
  const gone = new Promise<void>((resolve) => response.once('close', resolve));
  const { body } = answer;
  const whole = body instanceof Uint8Array && !head ? body : undefined;
  if (body !== undefined && whole === undefined && !head) await stream(body as StreamBody, response);
  if (closing && !request.complete) {
    if (whole !== undefined && whole.length > 0) response.write(whole);
    else response.flushHeaders();
    await linger(request, intake);
  } else if (whole !== undefined && whole.length <= JOIN_BYTES) {
    const { buffer, byteOffset, byteLength } = whole;
    response.end(Buffer.from(buffer, byteOffset, byteLength).toString('latin1'), 'latin1');
  } else response.end(whole);
  await gone;
}

function sizeOf(body: Uint8Array | StreamBody): number {
  return body instanceof Uint8Array ? body.length : body.size;
}

function headerList(
  answer: Answer,
  { head, close }: { readonly head: boolean; readonly close: boolean },
): string[] {
  const { headers, body, status, length } = answer;
  const list: string[] = [];
  for (const [name, value] of headers) list.push(name, value);
  const size = length ?? (body === undefined ? 0 : sizeOf(body));
  const silent = status === 204 || (status === 304 && length === undefined);
  // Who answers HEAD without a body may not know how long it would be.
  if (!silent && !(head && size === 0 && length === undefined)) list.push('Content-Length', String(size));
  if (close) list.push('Connection', 'close');
  return list;
}

/** Whether what is left of the request can be read past, so that the connection can be used again. */
function isSkippable(request: IncomingMessage): boolean {
  if (request.complete) return true;
  // Whether a client that waits for "100 Continue" sends its body after another answer is its own choice.
  if (request.headers.expect !== undefined) return false;
  const length = request.headers['content-length'];
  return length !== undefined && Number(length) <= SKIP_BYTES;
}

async function stream({ size, open }: StreamBody, response: ServerResponse): Promise<void> {
  const source = await open();
  let sent = 0;
  source.on('data', (chunk: Uint8Array) => {
    sent += chunk.length;
    // It grew since its length was stated.
    if (sent > size) source.destroy(new Error('The file changed while it was sent'));
  });
  try {
    await pipeline(source, response, { end: false });
    if (sent < size) throw new Error('The file changed while it was sent');
  } catch (error) {
    const left = response.destroyed;
    response.destroy();
    if (!left) throw error;
  }
}

/**
 * Closes our side and reads past what the client still sends, for a while. Closing both sides at once would make
 * the system throw away the answer with the bytes that nobody read.
 */
async function linger(request: IncomingMessage, intake: Intake): Promise<void> {
  const { socket } = request;
  if (intake.crowded) {
    // Connections are few, too: those of a flood make room at once, though some clients never see their answer.
    socket.destroySoon();
    return;
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  let bytes = 0;
  const timer = setTimeout(resolve, LINGER_MS);
  // A client that is cut off in the middle is no news.
  request.on('error', () => undefined);
  socket.once('end', resolve).once('close', resolve);
  request.resume();
  const stop = intake.read(request, (chunk) => {
    bytes += chunk.length;
    if (bytes > LINGER_BYTES) resolve();
  });
  socket.end();
  await promise.finally(() => clearTimeout(timer));
  stop();
  socket.destroy();
}
