/**
 * Batches of messages as they cross: flat arrays, in which what is sent for every event is a number that says what it
 * is and then its fields. A structured clone writes and reads the names of all fields of every object, which costs
 * several times what the values do. Messages of other kinds stand among them as they are.
 *
 * @module
 */
import type { FromWorker, ToWorker } from './protocol.ts';

/** What crosses. */
export type Packed = readonly unknown[];

const CALL = 0;
const DONE = 1;
const ASK = 2;
const ANSWER = 3;

/**
 * Messages, ready to be posted.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const messages = [{ type: 'done', call: 4, value: { n: 1n }, fuel: 90 }, { type: 'pong', ping: 2 }] as const;
 * const packed = pack(messages);
 * assert.deepEqual(packed, [1, 4, { n: 1n }, 90, { type: 'pong', ping: 2 }]);
 * assert.deepEqual(unpack<FromWorker>(structuredClone(packed)), messages);
 * ```
 */
export function pack(messages: readonly (ToWorker | FromWorker)[]): Packed {
  const packed: unknown[] = [];
  for (const message of messages) {
    switch (message.type) {
      case 'call': {
        const { call, slot, load, module, event, counter, args } = message;
        packed.push(CALL, call, slot, load, module, event.id, event.depth, event.name, counter, args);
        break;
      }
      case 'done':
        packed.push(DONE, message.call, message.value, message.fuel);
        break;
      case 'ask':
        packed.push(ASK, message.call, message.ask, message.extension, message.method, message.args);
        break;
      case 'answer':
        packed.push(ANSWER, message.call, message.ask, message.value);
        break;
      default:
        packed.push(message);
    }
  }
  return packed;
}

/** The messages that were packed, in their order; of the kinds that the other side sends. */
export function unpack<M extends ToWorker | FromWorker>(packed: Packed): readonly M[] {
  const messages: (ToWorker | FromWorker)[] = [];
  let at = 0;
  // `pack` has put it there, in the order in which it is taken.
  const take = <T>(): T => packed[at++] as T;
  while (at < packed.length) {
    const first = take<number | ToWorker | FromWorker>();
    messages.push(typeof first === 'number' ? unpackOne(first, take) : first);
  }
  return messages as M[];
}

/** Literals are evaluated from left to right: their fields stand as `pack` wrote them. */
function unpackOne(kind: number, take: <T>() => T): ToWorker | FromWorker {
  switch (kind) {
    case CALL:
      return {
        type: 'call',
        call: take(),
        slot: take(),
        load: take(),
        module: take(),
        event: { id: take(), depth: take(), name: take() },
        counter: take(),
        args: take(),
      };
    case DONE:
      return { type: 'done', call: take(), value: take(), fuel: take() };
    case ASK:
      return { type: 'ask', call: take(), ask: take(), extension: take(), method: take(), args: take() };
    case ANSWER:
      return { type: 'answer', call: take(), ask: take(), value: take() };
    default:
      throw new RangeError(`There is no message of kind ${kind}`);
  }
}
