import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseThread } from './schedule.ts';
import type { Thread } from './thread.ts';
import type { ThreadedApp } from './threaded-app.ts';

interface Standing {
  readonly active?: number;
  readonly inFlight?: number;
  readonly silent?: number;
  readonly full?: boolean;
}

/** As much of a thread as the choice looks at. */
function threadsOf(...standings: readonly Standing[]): readonly Thread[] {
  return standings.map(
    ({ active = 0, inFlight = active, silent = 0, full = false }) =>
      ({ active, inFlight, silent, takes: () => !full }) as unknown as Thread,
  );
}

function appIn(...threads: readonly (Thread | undefined)[]): ThreadedApp {
  return { threads: new Map(threads.map((thread) => [thread, 1])) } as unknown as ThreadedApp;
}

describe('chooseThread()', () => {
  it('takes the one with the fewest running guests, then with the fewest guests', () => {
    const threads = threadsOf({ active: 3 }, { active: 1, inFlight: 9 }, { active: 1, inFlight: 8 });
    assert.equal(chooseThread(appIn(), threads, false), threads[2]);
  });

  it('leaves a thread to others while they run, and only then', () => {
    const threads = threadsOf({ active: 5 }, { active: 7 }, { active: 0 });
    const app = appIn(threads[0], threads[1]);
    assert.equal(chooseThread(app, threads, true), threads[0]);
    assert.equal(chooseThread(app, threads, false), threads[2]);
    assert.equal(chooseThread(appIn(threads[1]), threads, true), threads[2]);
    const one = threadsOf({ active: 5 });
    assert.equal(chooseThread(appIn(one[0]), one, true), one[0]);
  });

  it('goes elsewhere when its own threads are full', () => {
    const threads = threadsOf({ active: 5, full: true }, { active: 7, full: true }, { active: 0 });
    assert.equal(chooseThread(appIn(threads[0], threads[1]), threads, true), threads[2]);
    assert.equal(chooseThread(appIn(), threadsOf({ full: true }), false), undefined);
  });

  it('avoids a thread that is silent as long as another hears', () => {
    const threads = threadsOf({ active: 1, silent: 2 }, { active: 9 });
    assert.equal(chooseThread(appIn(), threads, false), threads[1]);
    const deaf = threadsOf({ active: 2, silent: 2 }, { active: 1, silent: 2 });
    assert.equal(chooseThread(appIn(), deaf, false), deaf[1]);
  });
});
