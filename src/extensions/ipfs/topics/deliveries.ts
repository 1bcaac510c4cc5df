import type { Audience, Incoming, Refusal } from './calls.ts';

/** A message that was checked; nobody knows yet who takes it. */
export type Told = Omit<Incoming, 'apps'>;

export interface DeliveryDeps {
  readonly push: (message: Incoming) => void;
  /** A module's answer, `undefined` when none came in time; none at all when too many are waited for. */
  readonly ask: (app: string, message: Told) => Promise<boolean | undefined> | undefined;
}

export interface Deliveries {
  /** Resolves when it is known whether anybody here takes the message: `undefined`, or why nobody does. */
  deliver(audiences: readonly Audience[], message: Told): Promise<Refusal | undefined> | undefined;
}

/**
 * Gives messages to those that hear them, after the verdict where a module is asked. Messages of one author on one topic
 * reach an application in their order, also when a verdict takes its time.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const pushed: Incoming[] = [];
 * const deliveries = createDeliveries({ push: (each) => void pushed.push(each), ask: async () => false });
 * const message = { topic: 'board', publisher: '12D3KooWA', payload: new Uint8Array([1]) };
 * assert.equal(await deliveries.deliver([{ app: 'shop', verdict: true }], message), 'verdict');
 * assert.equal(await deliveries.deliver([{ app: 'shop', verdict: false }], message), undefined);
 * assert.deepEqual(pushed, [{ ...message, apps: ['shop'] }]);
 * ```
 */
export function createDeliveries({ push, ask }: DeliveryDeps): Deliveries {
  const tails = new Map<string, Promise<unknown>>();

  async function afterVerdict(app: string, message: Told): Promise<Refusal | 'late' | undefined> {
    const copy = { ...message, payload: new Uint8Array(message.payload) };
    const answer = ask(app, copy);
    if (!answer) return 'busy';
    const key = JSON.stringify([app, message.topic, message.publisher]);
    const turn = Promise.all([answer, tails.get(key)]).then(([passes]) => {
      if (passes) push({ ...message, apps: [app] });
      return passes;
    });
    tails.set(key, turn);
    const passes = await turn;
    if (tails.get(key) === turn) tails.delete(key);
    if (passes === undefined) return 'late';
    return passes ? undefined : 'verdict';
  }

  return {
    deliver(audiences, message) {
      const plain = audiences.filter(({ verdict }) => !verdict).map(({ app }) => app);
      const asked = audiences.filter(({ verdict }) => verdict);
      const answers = asked.map(({ app }) =>
        afterVerdict(
          app,
          asked.length > 1 ? { ...message, payload: new Uint8Array(message.payload) } : message,
        ),
      );
      if (plain.length > 0) {
        const payload = asked.length > 0 ? new Uint8Array(message.payload) : message.payload;
        push({ ...message, payload, apps: plain });
        return undefined;
      }
      return Promise.all(answers).then((refusals) => {
        if (refusals.includes(undefined)) return undefined;
        // One that did not come in time has not said no, and that is nobody's fault.
        const [first] = refusals;
        return first === 'late' || refusals.includes('late') ? 'busy' : first;
      });
    },
  };
}
