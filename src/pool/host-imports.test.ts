import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Suspending } from '../component/api.ts';
import { type Call, waiting } from '../engine/extension.ts';
import { fakeCall } from '../testkit/index.ts';
import type { CallSlot } from './guest-call.ts';
import { hostInterfaces } from './host-imports.ts';

/** Waits in one method and not in the other. */
class Bell {
  readonly tone: string;
  static {
    const ring = waiting(async function (this: Bell, call: Call, times: number): Promise<string> {
      await undefined;
      return `${call.module.name} hears ${this.tone} ${times} times`;
    });
    Object.defineProperty(Bell.prototype, 'ring', { value: ring });
  }
  constructor(_: Call, tone: string) {
    this.tone = tone;
  }
  touch(call: Call): string {
    return `${call.module.name} touches ${this.tone}`;
  }
}

test('a method that waits suspends its guest, with the object as this, whoever made it', async () => {
  const by = { index: 0, extension: 'bells' };
  const [offered] = hostInterfaces({ 'hermes:bells/api': { Bell } }, by);
  const { prototype } = offered![1]['Bell'] as unknown as { prototype: Record<string, unknown> };
  using call = fakeCall({ module: 'api' });
  const slot = {
    view: () => call,
    waited: (promise: unknown) => promise,
    fair: (answer: unknown) => answer,
  } as unknown as CallSlot;
  const { ring, touch } = prototype;
  assert.ok(ring instanceof Suspending);
  const bell = new Bell(call, 'high');
  assert.equal(await Reflect.apply(ring.run, bell, [slot, 3]), 'api hears high 3 times');
  assert.equal(Reflect.apply(touch as Function, bell, [slot]), 'api touches high');
});

test('a function that may wait answers a value at once, or a promise that others hear of', async () => {
  let heard = 0;
  using call = fakeCall();
  const waited = async (promise: Promise<unknown>) => {
    heard += 1;
    return promise;
  };
  const slot = { view: () => call, waited, fair: (answer: unknown) => answer } as unknown as CallSlot;
  const maybe = waiting((_: Call, later: boolean) => (later ? Promise.resolve('late') : 'now'));
  const [offered] = hostInterfaces({ 'hermes:bells/api': { maybe } }, { index: 0, extension: 'bells' });
  const { run } = offered![1]['maybe'] as Suspending;
  assert.deepEqual([run(slot, false), heard], ['now', 0]);
  assert.deepEqual([await run(slot, true), heard], ['late', 1]);
});
