/**
 * Guests that wait, in random order: started, answered, refused, ended, disposed and entered again while they
 * wait. Each call gets its own answer or its own end, and nothing that comes late reaches anybody.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { compile, type Instance, type InstancePre, Suspending } from '../../src/component/index.ts';
import { count, seed } from '../count.ts';
import { guest } from '../guests/build.ts';
import { linkWith } from './host.ts';

const HOST = 'test:host/api';
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What the host was asked and has not answered. */
interface Question {
  readonly n: number;
  readonly resolve: (value: number) => void;
  readonly reject: (error: Error) => void;
}

/** One instance, what it should be doing, and what its calls came to. */
class Lane {
  readonly instance: Instance;
  readonly questions: Question[] = [];
  /** Questions whose call is over: answering them must change nothing. */
  readonly stale: Question[] = [];
  state: 'idle' | 'waiting' | 'ended' = 'idle';
  /** Calls of `ask` so far: the inner component counts them into its answers. */
  asked = 0;
  argument = 0;
  sum = 0;
  outcome: { readonly value?: unknown; readonly error?: any } | undefined;

  constructor(pre: InstancePre) {
    this.instance = pre.acquire(this);
  }

  start(n: number): void {
    this.argument = n;
    this.sum = 0;
    this.state = 'waiting';
    this.outcome = undefined;
    (this.instance.call('twice', [n]) as Promise<unknown>).then(
      (value) => {
        this.outcome = { value };
      },
      (error: unknown) => {
        this.outcome = { error };
      },
    );
  }

  /** The call is over, however: its open question is nobody's now. */
  over(state: 'idle' | 'ended'): void {
    this.state = state;
    this.stale.push(...this.questions.splice(0));
  }
}

type Step = readonly [what: string, lane: number, n: number];

async function take(lane: Lane, [what, , n]: Step): Promise<void> {
  const waiting = lane.state === 'waiting';
  if (what === 'start' && lane.state === 'idle') {
    lane.start(n);
    await turn();
    assert.deepEqual(
      lane.questions.map((question) => question.n),
      [n],
    );
  } else if (what === 'answer' && waiting) {
    await answer(lane);
  } else if (what === 'refuse' && waiting) {
    lane.questions.shift()?.reject(new Error('refused'));
    lane.over('ended');
    await turn();
    assert.equal(lane.outcome?.error?.code, 'TRAP_HOST');
  } else if (what === 'end' && lane.state !== 'ended') {
    const reason = new Error(`ended ${n}`);
    lane.instance.end(reason);
    lane.over('ended');
    await turn();
    if (waiting) assert.ok([lane.outcome?.error, lane.outcome?.error?.cause].includes(reason));
    assert.ok(lane.instance.trapped);
  } else if (what === 'dispose') {
    lane.instance[Symbol.dispose]();
    lane.over('ended');
    await turn();
    if (waiting) assert.ok(lane.outcome?.error, 'a disposed call is rejected');
  } else if (what === 'enter' && waiting) {
    const error: any = await enter(lane.instance, n);
    assert.equal(error?.code, 'TRAP_REENTER');
  } else if (what === 'late') {
    const before = inspect(lane.outcome);
    const question = lane.stale.pop();
    if (n % 2) question?.resolve(n);
    else question?.reject(new Error('late'));
    await turn();
    assert.equal(inspect(lane.outcome), before, 'a late answer changes nothing');
  }
}

/** Answers the open question; the second answer ends the call. */
async function answer(lane: Lane): Promise<void> {
  const question = lane.questions.shift() as Question;
  question.resolve(question.n + 1);
  lane.asked++;
  lane.sum += question.n + 1 + lane.asked + 1000;
  await turn();
  if (question.n === lane.argument) {
    assert.deepEqual(
      lane.questions.map(({ n }) => n),
      [lane.argument + 1],
    );
    assert.equal(lane.outcome, undefined);
    return;
  }
  assert.deepEqual(lane.outcome, { value: lane.sum });
  lane.over('idle');
}

async function enter(instance: Instance, n: number): Promise<unknown> {
  try {
    return await instance.call('twice', [n]);
  } catch (error) {
    return error;
  }
}

test('suspended calls are answered, ended and left alone in any order', { timeout: 3_600_000 }, async () => {
  const wait = new Suspending((call: unknown, n: number) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    (call as Lane).questions.push({ n, resolve, reject });
    return promise;
  });
  const pre = linkWith(await compile(await guest('composed-suspend')), { [HOST]: { wait } });
  const what = fc.constantFrom(
    'start',
    'start',
    'answer',
    'answer',
    'answer',
    'refuse',
    'end',
    'dispose',
    'enter',
    'late',
  );
  const step = fc.tuple(what, fc.nat({ max: 3 }), fc.nat({ max: 50 }));
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const lanes = Array.from({ length: 4 }, () => new Lane(pre));
      for (const next of steps) {
        const lane = lanes[next[1]] as Lane;
        await take(lane, next);
        if (lane.state === 'ended') lanes[next[1]] = replaced(lane, pre);
      }
      for (const lane of lanes) lane.instance[Symbol.dispose]();
      await turn();
      assert.ok(lanes.every(({ state, outcome }) => state !== 'waiting' || outcome?.error));
    }),
    { seed, numRuns: count(10_000), endOnFailure: false },
  );
});

/** A new instance in the place of one that has ended; late answers to the old one are still to come. */
function replaced(old: Lane, pre: InstancePre): Lane {
  const lane = new Lane(pre);
  lane.stale.push(...old.stale);
  return lane;
}
