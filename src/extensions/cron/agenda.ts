/**
 * What is due when: a binary heap whose items know their place, so that any of them can be moved or taken out.
 *
 * @module
 */

/** Items by time; those of the same time in the order in which they were given it. */
export interface Agenda<T> {
  readonly first: { readonly item: T; readonly at: Temporal.Instant } | undefined;
  readonly size: number;
  /** Puts an item in, or moves it. */
  set(item: T, at: Temporal.Instant): void;
  delete(item: T): void;
}

interface Slot<T> {
  readonly item: T;
  readonly at: Temporal.Instant;
  readonly turn: number;
}

/**
 * An empty agenda. Each operation takes a time that grows with the logarithm of the size.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const agenda = createAgenda<string>();
 * const noon = Temporal.Instant.from('2026-01-01T12:00Z');
 * agenda.set('lunch', noon);
 * agenda.set('breakfast', noon.subtract({ hours: 5 }));
 * assert.equal(agenda.first?.item, 'breakfast');
 * agenda.delete('breakfast');
 * assert.equal(agenda.first?.item, 'lunch');
 * ```
 */
export function createAgenda<T>(): Agenda<T> {
  const heap: Slot<T>[] = [];
  const places = new Map<T, number>();
  let turns = 0;

  function put(slot: Slot<T>, place: number): void {
    heap[place] = slot;
    places.set(slot.item, place);
  }

  function up(slot: Slot<T>, from: number): number {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (!above || before(above, slot)) break;
      put(above, place);
      place = parent;
    }
    return place;
  }

  function down(slot: Slot<T>, from: number): number {
    let place = from;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const smaller = left && right && before(right, left) ? right : left;
      if (!smaller || before(slot, smaller)) return place;
      const below = smaller === left ? 2 * place + 1 : 2 * place + 2;
      put(smaller, place);
      place = below;
    }
  }

  function remove(item: T): void {
    const place = places.get(item);
    const moved = place === undefined ? undefined : heap.pop();
    if (place === undefined || moved === undefined) return;
    places.delete(item);
    if (place < heap.length) put(moved, down(moved, up(moved, place)));
  }

  return {
    get first() {
      return heap[0];
    },
    get size() {
      return heap.length;
    },
    set(item, at) {
      remove(item);
      const slot = { item, at, turn: turns++ };
      put(slot, up(slot, heap.length));
    },
    delete: remove,
  };
}

function before<T>(one: Slot<T>, other: Slot<T>): boolean {
  return (Temporal.Instant.compare(one.at, other.at) || one.turn - other.turn) < 0;
}
