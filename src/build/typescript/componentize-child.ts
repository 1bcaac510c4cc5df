// The process that `createComponentizer` starts: one task, one answer.
import { componentize } from 'componentize-qjs';
import type { ComponentizeAnswer, ComponentizeTask } from './componentize.ts';

process.once('message', async ({ witPath, world, source }: ComponentizeTask) => {
  const answer: ComponentizeAnswer = await componentize({
    witPath,
    jsSource: source,
    world,
    sync: true,
    stubWasi: false,
  }).catch((error: unknown) => ({ complaint: Error.isError(error) ? error.message : String(error) }));
  process.send?.(answer);
});
// Whoever asked is gone.
process.once('disconnect', () => process.exit());
