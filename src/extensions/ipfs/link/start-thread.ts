import { sibling } from '../../../lib/sibling.ts';
import { startThread } from '../../../lib/thread.ts';
import type { NodeThread, ThreadListener } from './create-link.ts';
import type { FromNode, ThreadStart, ToNode } from './protocol.ts';

/** Starts the thread of the node; the only place from which what it is made of is loaded. */
export function startNodeThread(data: ThreadStart, listener: ThreadListener): NodeThread {
  return startThread<ToNode, FromNode>(
    sibling(import.meta, '../node/thread'),
    { name: 'hermes-ipfs', data, heapMb: data.config.limits.heapMb },
    listener,
  );
}
