/** A guest hands random arguments to every host function that takes no handle: nothing breaks, every refusal has a code. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  compile,
  createLinker,
  type FuncType,
  type HostInterface,
  Suspending,
} from '../../src/component/index.ts';
import {
  type GuestHalf,
  type HostFunction,
  Remote,
  type RuntimeExtension,
} from '../../src/engine/extension.ts';
import { cron } from '../../src/extensions/cron/index.ts';
import { crypto } from '../../src/extensions/crypto/index.ts';
import { hash } from '../../src/extensions/hash/index.ts';
import { init } from '../../src/extensions/init/index.ts';
import { kvStore } from '../../src/extensions/kv-store/index.ts';
import { localtime } from '../../src/extensions/localtime/index.ts';
import { logging } from '../../src/extensions/logging/index.ts';
import { type CodedError, isCoded } from '../../src/lib/errors.ts';
import { camel } from '../../src/lib/wit/names.ts';
import { fakeApp, fakeCall, fakeCaller, fakeContext } from '../../src/testkit/index.ts';
import { GUEST, HOST, passThrough } from '../conformance/pass-through.ts';
import { anyValue } from '../conformance/random-types.ts';
import { count, seed } from '../count.ts';
import { subjectOf } from './support.ts';

/** Values that mean something to one of the functions: random ones alone would never get far. */
interface Plain {
  readonly text: string;
  readonly number: number;
  readonly big: bigint;
}
const plain: fc.Arbitrary<Plain | undefined> = fc.option(
  fc.record({
    text: fc.constantFrom(
      'UTC',
      'Europe/London',
      'English',
      'zoo',
      '* * * * *',
      '0 9 * * 1-5',
      'tag',
      'key',
      '{"a":[1]}',
    ),
    number: fc.constantFrom(0, 1, 5, 12, 15, 24),
    big: fc.constantFrom(0n, 1n, 1970n, 2024n, 1_000_000_000n),
  }),
  { nil: undefined },
);

/** Some parts of a value become plain ones. */
function withPlain(value: unknown, next: () => Plain | undefined): unknown {
  if (typeof value === 'string') return next()?.text ?? value;
  if (typeof value === 'number') return next()?.number ?? value;
  if (typeof value === 'bigint') return next()?.big ?? value;
  if (Array.isArray(value)) return value.map((inner) => withPlain(inner, next));
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const entries = Object.entries(value);
  const isVariant = entries.every(([key]) => key === 'tag' || key === 'val');
  return Object.fromEntries(
    entries.map(([key, inner]) => [key, isVariant && key === 'tag' ? inner : withPlain(inner, next)]),
  );
}

function argumentsOf({ params }: FuncType): fc.Arbitrary<readonly unknown[]> {
  const values = params.map(({ type }) => anyValue(type, () => assert.fail('There are no handles')));
  const isEnum = params.map(({ type }) => JSON.stringify(type).includes('"enum"'));
  return fc.tuple(fc.tuple(...values), fc.array(plain, { maxLength: 16 })).map(([given, taken]) => {
    const left = taken.values();
    return given.map((value, at) => (isEnum[at] ? value : withPlain(value, () => left.next().value)));
  });
}

/** A trap that a guest brings upon itself. */
const limits = /^(LIMIT_\w+|CRON_\w+|CRYPTO_\w+)$/;

for (const make of [
  hash,
  crypto,
  localtime,
  logging,
  kvStore,
  cron,
  init,
] satisfies readonly (() => RuntimeExtension)[]) {
  const { name } = make();
  test(`${name}: random arguments from a guest`, async () => {
    const extension = make();
    await using context = fakeContext();
    await using service = await extension.start(context);
    await using binding = await service.attach(fakeApp({ modules: ['api'] }));
    const caller = fakeCaller();
    using call = fakeCall({ remote: (method, ...args) => binding.calls[method]?.(caller, ...args) });
    const { guest } = (await import(extension.guest.href)) as { readonly guest: GuestHalf };
    const offered = guest.imports()[`hermes:${name}/api`] ?? assert.fail(name);

    const [module] = (await subjectOf(name)).application.modules;
    const { imports } = await compile(module?.bytes ?? assert.fail(name));
    const imported = imports.find((one) => one.name === `hermes:${name}/api`)?.functions ?? [];
    const functions = imported.filter((one) => !one.name.startsWith('['));
    // The pass-through imports a resource, whether its functions use it or not.
    const host: Record<string, HostInterface[string]> = { Thing: class {} };
    for (const [at, { name }] of functions.entries()) {
      const run = offered[camel(name)];
      host[`f${at}`] =
        run instanceof Remote
          ? new Suspending((_, ...args) => call.remote(run.method, ...args))
          : (_, ...args) => (run as HostFunction)(call, ...args);
    }
    const types = functions.map(({ type }) => type);
    const pre = createLinker()
      .define(HOST, host)
      .link(await compile(await passThrough(types)));

    const anyCall = fc.oneof(...types.map((type, at) => fc.tuple(fc.constant(at), argumentsOf(type))));
    const seen = { answers: 0, refusals: 0 };
    await fc.assert(
      fc.asyncProperty(anyCall, async ([at, args]) => {
        using instance = pre.acquire(call);
        try {
          const answer = await instance.call(`${GUEST}#f${at}`, args);
          seen[(answer as { tag?: string } | undefined)?.tag === 'err' ? 'refusals' : 'answers'] += 1;
        } catch (error) {
          const cause = (error as CodedError).cause;
          assert.ok(isCoded(error) && error.blame === 'guest', String((error as Error).stack));
          assert.ok(
            limits.test(error.code) || (isCoded(cause) && limits.test(cause.code)),
            `${error.code}: ${cause}`,
          );
          seen.refusals += 1;
        }
      }),
      { numRuns: count(5_000, 100), seed },
    );
    assert.ok(seen.answers > 0, JSON.stringify(seen));
  });
}
