import type { ExtensionContext, ExtensionService } from '../../engine/extension.ts';
import { idleService } from '../../engine/idle-service.ts';
import { bench, type Question, test } from './events.ts';
import type { TestResult } from './generated/api.ts';

/** The service, and the road to the tests of modules. */
export interface IntegrationTestService extends ExtensionService {
  /** What the module answers; `undefined` when it has no such test. Rejects when it traps or is ended. */
  readonly test: (question: Question) => Promise<TestResult | undefined>;
  /** The same for a benchmark. */
  readonly bench: (question: Question) => Promise<TestResult | undefined>;
}

/**
 * Asks modules for their tests, when somebody wants to know.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeContext } from '../../testkit/index.ts';
 * const value = { name: 'adds', status: true };
 * await using context = fakeContext({ replies: () => [{ module: 'api', ok: true, value }] });
 * await using service = startIntegrationTest(context);
 * assert.equal((await service.test({ app: 'shop', module: 'api', number: 0, run: true }))?.name, 'adds');
 * ```
 */
export function startIntegrationTest({ emit }: Pick<ExtensionContext, 'emit'>): IntegrationTestService {
  const asking = (event: typeof test) => async (question: Question) => {
    const [reply] = await emit(event(question)).done;
    if (reply && !reply.ok) throw reply.error;
    // The WIT of the export says what it is.
    return reply?.value as TestResult | undefined;
  };
  return { ...idleService(), test: asking(test), bench: asking(bench) };
}
