import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCoded } from '../lib/errors.ts';
import { fakeContext } from '../testkit/index.ts';
import type { RuntimeExtension } from './extension.ts';
import { startAll } from './start-all.ts';

interface Behaviour {
  readonly needs?: readonly string[];
  readonly breaks?: 'start' | 'stop';
}

function noted(log: string[], name: string, { needs = [], breaks }: Behaviour = {}): RuntimeExtension {
  return {
    name,
    needs,
    guest: new URL('file:///nowhere'),
    async start() {
      if (breaks === 'start') throw new Error(`${name} broke`);
      log.push(`+${name}`);
      return {
        attach: async () => ({ calls: {}, async [Symbol.asyncDispose]() {} }),
        async [Symbol.asyncDispose]() {
          log.push(`-${name}`);
          if (breaks === 'stop') throw new Error(`${name} broke`);
        },
      };
    },
  };
}
const contextOf = () => fakeContext();
const coded = (code: string, detail: object) => (error: unknown) => {
  assert.ok(isCoded(error));
  assert.deepEqual([error.code, error.detail], [code, detail]);
  return true;
};

describe('startAll()', () => {
  it('starts by need and stops in reverse', async () => {
    const log: string[] = [];
    {
      await using _ = await startAll([noted(log, 'http', { needs: ['kv'] }), noted(log, 'kv')], contextOf);
    }
    assert.deepEqual(log, ['+kv', '+http', '-http', '-kv']);
  });

  it('stops what had started when a later one breaks', async () => {
    const log: string[] = [];
    const all = [noted(log, 'kv'), noted(log, 'log'), noted(log, 'http', { breaks: 'start' })];
    await assert.rejects(startAll(all, contextOf), { message: 'http broke' });
    assert.deepEqual(log, ['+kv', '+log', '-log', '-kv']);
  });

  it('stops all of them when one breaks while it stops', async () => {
    const log: string[] = [];
    const running = await startAll([noted(log, 'kv'), noted(log, 'http', { breaks: 'stop' })], contextOf);
    await assert.rejects(async () => running[Symbol.asyncDispose](), { message: 'http broke' });
    assert.deepEqual(log, ['+kv', '+http', '-http', '-kv']);
  });

  it('names a missing need, a circle and two of one name', async () => {
    const log: string[] = [];
    await assert.rejects(
      startAll([noted(log, 'a', { needs: ['b'] })], contextOf),
      coded('EXTENSION_MISSING', { name: 'b', path: ['a'] }),
    );
    const circle = [noted(log, 'a', { needs: ['b'] }), noted(log, 'b', { needs: ['a'] })];
    await assert.rejects(startAll(circle, contextOf), coded('EXTENSION_CYCLE', { path: ['a', 'b', 'a'] }));
    const twice = [noted(log, 'a'), noted(log, 'a')];
    await assert.rejects(startAll(twice, contextOf), coded('EXTENSION_TWICE', { name: 'a' }));
    assert.deepEqual(log, []);
  });
});
