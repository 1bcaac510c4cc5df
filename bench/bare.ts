/**
 * A bare worker thread: calls an export of a component again and again, each time in a new instance, without any
 * engine. As many of them as there are workers get what the machine has to give.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { compile, createLinker } from '../src/component/index.ts';

/** What the thread is started with; then it is sent how often to call, and answers when it has. */
export interface Bare {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly name: string;
  readonly args: readonly unknown[];
}

if (parentPort) {
  const port = parentPort;
  const { bytes, name, args } = workerData as Bare;
  const linked = createLinker().link(await compile(bytes));
  port.on('message', (times: number) => {
    for (let i = 0; i < times; i++) {
      using instance = linked.acquire();
      instance.call(name, args);
    }
    port.postMessage('done');
  });
}
