/**
 * The entry of a worker thread. It ends when it is told to, by whoever started it; an error that nobody handled
 * ends it too, and is the main thread's to report.
 *
 * @module
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Clock } from '../engine/extension.ts';
import { createClock } from '../lib/clock.ts';
import { createSharedClock } from '../lib/shared-clock.ts';
import { createFolderVfs } from '../vfs/folder.ts';
import { createBoard } from './board.ts';
import { createGuestRunner } from './guest-runner.ts';
import { GuestSide } from './guest-side.ts';
import { createInbox } from './inbox.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { type Packed, pack, unpack } from './packing.ts';
import type { FromWorker, ToWorker, WorkerStart } from './protocol.ts';

/** Answers that leave together: while the main thread is busy with some, this one goes on with the next. */
const ANSWERS = 16;

if (parentPort) await serve(parentPort, workerData as WorkerStart);

async function serve(
  port: MessagePort,
  { halves, board, clock: shared, seed, pages }: WorkerStart,
): Promise<void> {
  const clock: Clock = shared ? createSharedClock(shared) : createClock();
  const modules = halves.map(({ name, guest }) => ({ name, guest: new URL(guest) }));
  const runner = await createGuestRunner({ halves: modules, pages }, { clock, seed });
  const outbox: Outbox<FromWorker> = createOutbox({
    most: ANSWERS,
    post: (messages) => port.postMessage(pack(messages)),
    refused: (message, error) => side.refused(message, error),
    // Each message wakes the main thread: where answers have to wait anyway, few of them are better.
    mayWait: (messages) =>
      inbox.backlog >= messages.length && messages.every(({ type }) => type === 'done' || type === 'threw'),
  });
  const side = new GuestSide({
    runner,
    clock,
    outbox,
    board: createBoard(board),
    openFiles: ({ mounts, modified }) =>
      createFolderVfs(mounts, { modified: Temporal.Instant.from(modified) }),
  });
  const inbox = createInbox((message) => handle(side, message));
  port.on('message', (packed: Packed) => {
    for (const message of unpack<ToWorker>(packed)) {
      // Not through the outbox: whoever asks wants to know now.
      if (message.type === 'ping') port.postMessage(pack([{ type: 'pong', ping: message.ping }]));
      else inbox.add(message);
    }
  });
  outbox.send({ type: 'ready' });
}

/** Answers true when the message is dealt with, and nothing goes on in microtasks. */
function handle(side: GuestSide, message: Exclude<ToWorker, { readonly type: 'ping' }>): unknown {
  switch (message.type) {
    case 'load':
      return side.load(message);
    case 'unload':
      return side.unload(message);
    case 'call':
      return side.call(message);
    case 'end':
      return side.end(message);
    case 'answer':
      return side.answer(message);
    case 'refusal':
      return side.refusal(message);
  }
}
