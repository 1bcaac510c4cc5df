/**
 * The main thread's side of the node: starts its thread, calls it, and puts another in its place when it is lost.
 *
 * @module
 */
import { type CodedError, failures } from '../../../lib/errors.ts';
import { wholeBuffers } from '../../../lib/thread.ts';
import { fromWire } from '../../../lib/wire.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import { errors } from '../errors.ts';
import type { News } from '../node/part.ts';
import type { LinkCall, NodeLink } from './node-link.ts';
import { createOpenCalls, type OpenCall } from './open-calls.ts';
import type { FromNode, Gauges, ToNode } from './protocol.ts';

const fail = failures(errors);

/** What a link needs of a thread. Disposal ends it at once. */
export interface NodeThread extends AsyncDisposable {
  send(message: ToNode, transfer?: readonly ArrayBuffer[]): void;
}

export interface ThreadListener {
  readonly received: (message: FromNode) => void;
  readonly refused: (message: ToNode, error: unknown) => void;
  readonly gone: (error: unknown) => void;
}

export interface LinkOptions {
  /** False: every call answers `IPFS_UNAVAILABLE`. */
  readonly enabled: boolean;
  readonly deadlineMs: number;
  /** Calls of one application under way. */
  readonly calls: number;
  /** Between two pings; a thread that leaves {@link SILENT} of them unanswered is replaced. */
  readonly pingMs?: number;
  /** Until the first restart; each later one waits twice as long, up to a minute. */
  readonly restartMs?: number;
  /** Until a thread that neither runs nor says why not is replaced; its database may have to be put in order first. */
  readonly startMs?: number;
  /** For a graceful end. */
  readonly stopMs?: number;
}

export interface LinkDeps {
  /** Starts the thread of the node. */
  readonly start: (listener: ThreadListener) => NodeThread;
  readonly log: Logger;
  readonly count: (name: string, labels: Readonly<Record<string, string>>, by: number) => void;
  readonly restarted: () => void;
}

/** Disposal stops the node: in order first, at once when that takes too long. */
export interface CreatedLink extends NodeLink, AsyncDisposable {
  /**
   * Starts the node in the background, if it may run and does not: so many milliseconds from now, or with the first
   * call. Said again before that, the last word holds.
   */
  begin(after?: number): void;
  /** As the node last said; all 0 while it does not run. */
  readonly gauges: Gauges;
}

export const NO_GAUGES: Gauges = { peers: 0, connections: 0, storeBytes: 0, heapBytes: 0, denied: 0 };
/** Pings without an answer. */
const SILENT = 5;
const LONGEST_RESTART_MS = 60_000;

/** Makes a link; nothing runs before `begin` or the first call. `startIpfs` makes one. */
export function createLink(options: LinkOptions, deps: LinkDeps): CreatedLink {
  return new Link(options, deps);
}

class Link implements CreatedLink {
  readonly #options: LinkOptions;
  readonly #deps: LinkDeps;
  readonly #calls: ReturnType<typeof createOpenCalls>;
  readonly #listeners = new Map<string, Set<(news: News) => void>>();
  readonly #starters = new Set<() => Promise<void>>();
  #state: NodeLink['state'] = 'off';
  #gauges: Gauges = NO_GAUGES;
  #thread: NodeThread | undefined;
  #watch: NodeJS.Timeout | undefined;
  /** Until a thread is started, the first or another. */
  #restart: NodeJS.Timeout | undefined;
  /** Pings that wait for their answers. */
  #silent = 0;
  /** Losses, one after another. */
  #losses = 0;
  #failure: unknown;
  #stopped: (() => void) | undefined;
  #disposed: Promise<void> | undefined;

  constructor(options: LinkOptions, deps: LinkDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#calls = createOpenCalls({ deadlineMs: options.deadlineMs, most: options.calls });
  }

  get state(): NodeLink['state'] {
    return this.#state;
  }

  get gauges(): Gauges {
    return this.#gauges;
  }

  begin(after = 0): void {
    const begun = this.#thread !== undefined || this.#state === 'lost';
    if (!this.#options.enabled || this.#disposed || begun) return;
    clearTimeout(this.#restart);
    this.#state = 'starting';
    if (after === 0) this.#start();
    else this.#restart = setTimeout(() => this.#start(), after);
  }

  async call(method: string, args: readonly unknown[], options: LinkCall = {}): Promise<unknown> {
    this.begin();
    if (this.#state === 'off') throw fail('IPFS_UNAVAILABLE', { method, reason: this.#whyOff() });
    if (this.#state === 'lost')
      throw fail('IPFS_UNAVAILABLE', { method, reason: 'it starts again in a moment' });
    const { call, answer } = this.#calls.open({ ...options, method, args }, ({ id, sent }) => {
      if (sent) this.#thread?.send({ type: 'cancel', id });
    });
    if (this.#state === 'running') this.#send(call);
    return answer;
  }

  on(part: string, listener: (news: News) => void): Disposable {
    const listeners = this.#listeners.getOrInsertComputed(part, () => new Set());
    listeners.add(listener);
    return { [Symbol.dispose]: () => void listeners.delete(listener) };
  }

  onStart(again: () => Promise<void>): Disposable {
    this.#starters.add(again);
    if (this.#state === 'running') this.#tell(again);
    return { [Symbol.dispose]: () => void this.#starters.delete(again) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#stop();
    return this.#disposed;
  }

  #whyOff(): string {
    return this.#disposed ? 'the engine stops' : 'ipfs.start is "never" in the configuration';
  }

  #start(): void {
    this.#state = 'starting';
    this.#failure = undefined;
    const thread = this.#deps.start({
      received: (message) => this.#received(message),
      refused: (message, error) => {
        if (message.type === 'call') this.#calls.reject(message.id, error);
      },
      gone: (error) => this.#gone(thread, error),
    });
    this.#thread = thread;
    this.#watch = setTimeout(
      () => this.#replace({ starting: true }),
      this.#options.startMs ?? 120_000,
    ).unref();
  }

  #replace(found: Readonly<Record<string, unknown>>): void {
    this.#failure = fail('IPFS_SILENT', found);
    void this.#thread?.[Symbol.asyncDispose]();
  }

  #send(call: OpenCall): void {
    call.sent = true;
    const { id, app, method, args, moved } = call;
    this.#thread?.send({ type: 'call', id, app, method, args }, wholeBuffers(moved));
  }

  #received(message: FromNode): void {
    switch (message.type) {
      case 'ready':
        this.#ready(message);
        break;
      case 'failed':
        this.#failure = fromWire(message.error);
        break;
      case 'stopped':
        this.#stopped?.();
        break;
      case 'answer':
        this.#calls.resolve(message.id, message.value);
        break;
      case 'refusal':
        this.#calls.reject(message.id, fromWire(message.error));
        break;
      case 'news':
        for (const listener of this.#listeners.get(message.news.part) ?? []) listener(message.news);
        break;
      case 'count':
        this.#deps.count(message.name, message.labels, message.by);
        break;
      case 'log':
        this.#deps.log[message.level](
          message.message,
          message.fields,
          message.error && fromWire(message.error),
        );
        break;
      case 'pong':
        this.#silent = 0;
        this.#gauges = message.gauges;
        // It runs well: the losses before are forgotten, one for each half minute.
        this.#losses = Math.max(0, this.#losses - 1 / 16);
    }
  }

  #ready({ peer, addresses }: Extract<FromNode, { readonly type: 'ready' }>): void {
    this.#state = 'running';
    this.#deps.log.info('IPFS node is running', { peer, addresses });
    const { pingMs = 2_000 } = this.#options;
    this.#silent = 0;
    clearTimeout(this.#watch);
    this.#ping();
    this.#watch = setInterval(() => this.#ping(), pingMs).unref();
    // What the node forgot first: calls that waited for it may need it.
    for (const again of this.#starters) this.#tell(again);
    for (const call of this.#calls.all()) if (!call.sent) this.#send(call);
  }

  #ping(): void {
    if (this.#silent >= SILENT) {
      this.#replace({ pings: this.#silent });
      return;
    }
    this.#silent += 1;
    this.#thread?.send({ type: 'ping', ping: this.#silent });
  }

  #tell(again: () => Promise<void>): void {
    again().catch((error: unknown) =>
      this.#deps.log.warn('IPFS node cannot be told again what an application wants', {}, error),
    );
  }

  #gone(thread: NodeThread, error: unknown): void {
    if (thread !== this.#thread) return;
    const cause = this.#failure ?? error;
    clearInterval(this.#watch);
    this.#thread = undefined;
    this.#gauges = NO_GAUGES;
    const wasRunning = this.#state === 'running';
    this.#state = this.#disposed ? 'off' : 'lost';
    const reason = this.#disposed ? this.#whyOff() : 'it was lost and starts again';
    this.#calls.rejectAll(fail('IPFS_UNAVAILABLE', { reason }, cause));
    this.#stopped?.();
    if (this.#disposed) return;
    const { restartMs = 500 } = this.#options;
    const wait =
      Math.min(restartMs * 2 ** Math.floor(this.#losses), LONGEST_RESTART_MS) * (0.5 + Math.random());
    this.#losses += 1;
    const log = this.#deps.log;
    const fields = { seconds: Math.round(wait) / 1_000 };
    if (wasRunning) log.error('IPFS node was lost, it starts again', fields, cause);
    else log.error('IPFS node cannot start, it is tried again: see why, and correct that', fields, cause);
    this.#restart = setTimeout(() => {
      this.#deps.restarted();
      this.#start();
    }, wait);
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#restart);
    clearInterval(this.#watch);
    const thread = this.#thread;
    const gone: CodedError = fail('IPFS_UNAVAILABLE', { reason: 'the engine stops' });
    this.#calls.rejectAll(gone);
    // One that only starts has nothing that it could lose.
    if (thread && this.#state === 'running') {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#stopped = resolve;
      const patience = setTimeout(resolve, this.#options.stopMs ?? 5_000);
      thread.send({ type: 'stop' });
      await promise;
      clearTimeout(patience);
    }
    await thread?.[Symbol.asyncDispose]();
    this.#state = 'off';
  }
}
