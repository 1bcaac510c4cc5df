/**
 * Pages that reload themselves, for whoever writes an application.
 *
 * @module
 */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../engine/extension.ts';
import type { Vfs } from '../../../vfs/vfs.ts';
import type { Answer } from '../answer.ts';
import { type Build, injecting } from './inject.ts';
import { EVENTS_PATH, SCRIPT, SCRIPT_PATH } from './script.ts';

/** What pages are told. */
export interface Watching {
  /** Something that pages show has changed: they reload. A fault that was shown is gone. */
  reload(app: string): void;
  /** Shown over every page of the application; `undefined` takes it away. */
  fault(app: string, text: string | undefined): void;
}

/** What the gateway needs of it. */
export interface Watch extends Watching {
  /** The tree as pages get it. */
  vfsOf(app: string, vfs: Vfs): Vfs;
  /** What is at a path of our own; `undefined` for every other. */
  answer(app: string, path: string, method: string): Answer | Stream | undefined;
  /** Ends every stream; no other begins. */
  close(): void;
}

/** Writes an answer without an end; resolves when the client or the gateway has ended it. */
export interface Stream {
  readonly stream: (response: ServerResponse) => Promise<void>;
}

interface State {
  build: Build;
  fault: string | undefined;
  readonly pages: Set<ServerResponse>;
}

/**
 * Nobody watches at first.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { ManualClock } from '../../../testkit/index.ts';
 * const watch = createWatch(new ManualClock());
 * const answer = watch.answer('shop', '/.hermes/watch.js', 'GET');
 * assert.ok(answer && 'status' in answer && answer.status === 200);
 * assert.equal(watch.answer('shop', '/index.html', 'GET'), undefined);
 * ```
 */
export function createWatch(clock: Clock): Watch {
  const states = new Map<string, State>();
  // Builds of an engine that ran before must not look like ours.
  const run = clock.now().epochMilliseconds.toString(36);
  let builds = 0;
  let closed = false;

  const next = (): Build => ({ id: `${run}-${++builds}`, since: clock.now() });
  const stateOf = (app: string): State =>
    states.getOrInsertComputed(app, () => ({ build: next(), fault: undefined, pages: new Set() }));
  function tell({ pages }: State, event: string): void {
    for (const page of pages) page.write(event);
  }
  async function stream(state: State, response: ServerResponse): Promise<void> {
    const gone = new Promise<void>((resolve) => response.once('close', resolve));
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
    response.write(`retry: 500\n\n${buildEvent(state)}${faultEvent(state)}`);
    if (closed) response.end();
    else state.pages.add(response);
    await gone;
    state.pages.delete(response);
  }

  return {
    reload(app) {
      const state = stateOf(app);
      state.build = next();
      state.fault = undefined;
      tell(state, faultEvent(state) + buildEvent(state));
    },
    fault(app, text) {
      const state = stateOf(app);
      state.fault = text;
      tell(state, faultEvent(state));
    },
    vfsOf: (app, vfs) => injecting(vfs, stateOf(app).build),
    answer(app, path, method) {
      if (method !== 'GET') return undefined;
      if (path === SCRIPT_PATH) return script();
      return path === EVENTS_PATH ? { stream: (response) => stream(stateOf(app), response) } : undefined;
    },
    close() {
      closed = true;
      for (const { pages } of states.values()) for (const page of pages) page.end();
    },
  };
}

function script(): Answer {
  const headers = [
    ['Content-Type', 'text/javascript; charset=utf-8'],
    ['Cache-Control', 'no-store'],
    ['X-Content-Type-Options', 'nosniff'],
  ] as const;
  return { status: 200, headers, body: Buffer.from(SCRIPT) };
}

function buildEvent({ build }: State): string {
  return `event: build\ndata: ${build.id}\n\n`;
}

/** JSON has no line ends of its own. */
function faultEvent({ fault }: State): string {
  return `event: fault\ndata: ${JSON.stringify(fault ?? null)}\n\n`;
}
