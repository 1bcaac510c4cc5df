import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CanonOptions, CoreRef, Trampoline } from '../plan.ts';
import type { LinkPlan } from './component.ts';
import { computeReach } from './reach.ts';

const options: CanonOptions = {
  instance: 0,
  encoding: 'utf8',
  memory: undefined,
  realloc: undefined,
  postReturn: undefined,
};
const type = { params: [], result: undefined };
const exported = (instance: number, name = 'f'): CoreRef => ({ kind: 'export', instance, name });
const made = (index: number): CoreRef => ({ kind: 'trampoline', index });

/** Each step imports these references from module '' under their index. */
function plan(
  trampolines: readonly Trampoline[],
  steps: readonly (readonly CoreRef[])[],
  destructor?: CoreRef,
): LinkPlan {
  return {
    imports: [],
    hostFunctions: [],
    resources: [{ kind: 'guest', instance: 0, destructor }],
    instances: 1,
    parents: [-1],
    trampolines,
    steps: steps.map((values, core) => ({
      core,
      instance: 0,
      imports: values.map((value, index) => ({ module: '', name: String(index), value })),
    })),
    exports: [],
  };
}

const kinds = (kind: WebAssembly.ExternKind) => () => [{ module: '', name: '0', kind }];
const host = (index: number): Trampoline => ({ kind: 'lower-host', host: index, type, options });

test('what imports a suspending function may suspend, and so may what imports that', () => {
  const reach = computeReach(
    plan([host(0), host(1)], [[made(0)], [made(1)], [exported(0)], [exported(1)]]),
    new Set([1]),
    kinds('function'),
  );
  assert.deepEqual(reach.trampolines, [false, true]);
  assert.deepEqual(
    [0, 1, 2, 3].map((step) => reach.mayReach(exported(step))),
    [false, true, false, true],
  );
  assert.equal(reach.mayReach(undefined), false);
});

test('a table or a global carries functions both ways, a memory does not', () => {
  const steps = [[], [exported(0), made(0)]];
  for (const [kind, expected] of [
    ['table', true],
    ['global', true],
    ['memory', false],
  ] as const) {
    const reach = computeReach(plan([host(0)], steps), new Set([0]), kinds(kind));
    assert.equal(reach.mayReach(exported(0)), expected, kind);
    assert.equal(reach.mayReach(exported(1)), true);
  }
});

test('adapters and destructors spread it, new and rep do not', () => {
  const trampolines: Trampoline[] = [
    host(0),
    { kind: 'lower-lifted', callee: { core: exported(0), type, options }, type, options },
    { kind: 'resource.drop', resource: 0, instance: 0 },
    { kind: 'resource.new', resource: 0, instance: 0 },
    { kind: 'resource.rep', resource: 0, instance: 0 },
  ];
  const reach = computeReach(plan(trampolines, [[made(0)]], exported(0)), new Set([0]), kinds('function'));
  assert.deepEqual(reach.trampolines, [true, true, true, false, false]);
  const none = computeReach(plan(trampolines, [[made(0)]], exported(0)), new Set(), kinds('function'));
  assert.deepEqual(none.trampolines, [false, false, false, false, false]);
});
