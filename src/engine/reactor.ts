import type { CodedError } from '../lib/errors.ts';
import type { EventRef, HostEvent, Reply } from './extension.ts';

/** As much of a module as finding and naming it takes. */
export interface ReactorModule {
  readonly name: string;
  readonly exports: ReadonlySet<string>;
}

/** Calls the event's export of one module, in an instance of its own. Rejects when the guest fails, never throws. */
export type Invoke<M> = (module: M, event: HostEvent, ref: EventRef) => Promise<unknown>;

export interface Reactor {
  /** Never rejects. Replies in manifest order. */
  run(event: HostEvent, ref: EventRef): Promise<readonly Reply[]>;
  /** An error reply of every module that the event was for. */
  refuse(event: HostEvent, reason: CodedError): readonly Reply[];
}

/**
 * Finds the modules that an event is for and collects what they return: `'all'` at the same time, `'first'` one
 * by one until one answers other than `undefined` or fails. One that fails stops none of the others.
 *
 * `modules` are those of one application, in manifest order.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const name = 'hermes:cron/event#on-cron';
 * const modules = ['a', 'b'].map((module) => ({ name: module, exports: new Set([name]) }));
 * const reactor = createReactor(modules, async (module) => {
 *   if (module.name === 'a') throw new Error('trapped');
 *   return true;
 * });
 * const event = { name, source: ['cron'], app: 'shop', modules: 'exporting', reply: 'all', args: [] } as const;
 * const [a, b] = await reactor.run(event, { id: 1, depth: 0 });
 * assert.deepEqual([a?.ok, b], [false, { module: 'b', ok: true, value: true }]);
 * ```
 */
export function createReactor<M extends ReactorModule>(modules: readonly M[], invoke: Invoke<M>): Reactor {
  const targets = ({ name, modules: wanted }: HostEvent): readonly M[] =>
    modules.filter(
      (module) => module.exports.has(name) && (wanted === 'exporting' || wanted.includes(module.name)),
    );

  function reply(module: M, event: HostEvent, ref: EventRef): Promise<Reply> {
    return invoke(module, event, ref).then(
      (value) => answered(module, value),
      (error: unknown) => failed(module, error),
    );
  }

  async function firstOf(found: readonly M[], event: HostEvent, ref: EventRef): Promise<readonly Reply[]> {
    const replies: Reply[] = [];
    for (const module of found) {
      const answer = await reply(module, event, ref);
      replies.push(answer);
      if (!answer.ok || answer.value !== undefined) break;
    }
    return replies;
  }

  return {
    run(event, ref) {
      const found = targets(event);
      const [module] = found;
      // Nearly all events are for one module, and every promise between it and the queue is felt.
      if (module && found.length === 1)
        return invoke(module, event, ref).then(
          (value) => [answered(module, value)],
          (error: unknown) => [failed(module, error)],
        );
      if (event.reply === 'first') return firstOf(found, event, ref);
      return Promise.all(found.map((module) => reply(module, event, ref)));
    },
    refuse: (event, reason) => targets(event).map((module) => failed(module, reason)),
  };
}

function answered({ name }: ReactorModule, value: unknown): Reply {
  return { module: name, ok: true, value };
}

function failed({ name }: ReactorModule, error: unknown): Reply {
  return { module: name, ok: false, error };
}
