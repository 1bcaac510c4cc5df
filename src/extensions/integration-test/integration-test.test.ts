import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reply } from '../../engine/extension.ts';
import { complies, fakeContext } from '../../testkit/index.ts';
import { benchExport, integrationTest, isIntegrationTest, testExport } from './index.ts';

complies(integrationTest);

const question = { app: 'shop', module: 'api', number: 7, run: false };

test('asks the one module, and hands on what it says', async () => {
  const answers: Reply[] = [
    { module: 'api', ok: true, value: { name: 'adds', status: true } },
    { module: 'api', ok: true, value: undefined },
    { module: 'api', ok: false, error: new Error('trap') },
  ];
  await using context = fakeContext({ replies: () => answers.splice(0, 1) });
  await using service = await integrationTest().start(context);
  assert.ok(isIntegrationTest(service));
  assert.deepEqual(await service.test(question), { name: 'adds', status: true });
  assert.equal(await service.bench(question), undefined);
  await assert.rejects(service.test({ ...question, run: true }), /trap/);
  assert.equal(await service.test(question), undefined, 'a module without the export has no tests');
  assert.deepEqual(
    context.sent.map(({ name, app, modules, args }) => [name, app, modules, args]),
    [
      [testExport, 'shop', ['api'], [7, false]],
      [benchExport, 'shop', ['api'], [7, false]],
      [testExport, 'shop', ['api'], [7, true]],
      [testExport, 'shop', ['api'], [7, false]],
    ],
  );
});
