import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSeats, type Seat, type Seats } from './seats.ts';

/** Connections by name, and what became of them. */
class Room {
  readonly seats: Seats;
  readonly went: string[] = [];
  freed = 0;

  constructor(max: number) {
    this.seats = createSeats({ max, freed: () => void this.freed++ });
  }

  take(name: string, address = 'client'): Seat | undefined {
    return this.seats.take({ address, close: () => this.went.push(name) });
  }

  /** One whose request waits. */
  waiting(name: string, app: string, address?: string): Seat | undefined {
    const seat = this.take(name, address);
    seat?.waits(app, () => {
      this.went.push(`${name} refused`);
      seat.rests();
      seat.leave();
    });
    return seat;
  }

  working(name: string, app: string): Seat | undefined {
    const seat = this.take(name);
    seat?.begins(app);
    return seat;
  }
}

test('of who has most the oldest goes that rests, then the youngest that waits', () => {
  const room = new Room(8);
  room.take('quiet')?.begins('blog');
  const kept = room.take('kept');
  kept?.begins('blog');
  kept?.rests();
  room.waiting('first', 'shop');
  room.waiting('second', 'shop');
  for (const name of ['third', 'fourth']) {
    const seat = room.working(name, 'shop');
    seat?.rests();
  }
  room.working('fifth', 'shop');
  room.working('sixth', 'shop');
  // Two have room.
  for (let n = 0; n < 5; n++) room.working(`new ${n}`, `app ${n}`);
  assert.deepEqual(room.went, ['third', 'fourth', 'second refused']);
});

test('who says nothing makes room for who comes', () => {
  const room = new Room(4);
  for (let n = 0; n < 10; n++) assert.ok(room.take(`${n}`));
  assert.deepEqual(room.went, ['0', '1', '2', '3', '4']);
});

test('of one application those of the client go that has most', () => {
  const room = new Room(4);
  room.waiting('far', 'shop', 'far');
  for (let n = 0; n < 3; n++) room.waiting(`near ${n}`, 'shop', 'near');
  room.waiting('kept free', 'shop', 'far');
  room.waiting('last', 'shop', 'far');
  assert.deepEqual(room.went, ['near 2 refused']);
});

test('those kept free are for applications that have less than half; then a new one has to go', () => {
  const room = new Room(4);
  for (let n = 0; n < 4; n++) assert.ok(room.working(`${n}`, 'shop'));
  assert.ok(room.seats.mayBegin('shop'));
  const reserved = room.take('reserved');
  assert.deepEqual([room.seats.mayBegin('shop'), room.seats.mayBegin('blog')], [false, true]);
  reserved?.begins('blog');
  assert.equal(room.take('none is left'), undefined);
  assert.deepEqual(room.went, []);
  assert.equal(room.freed, 0);
  reserved?.leave();
  assert.equal(room.freed, 1);
  assert.ok(room.seats.mayBegin('shop'));
});

test('an application may begin again when it has less than half', () => {
  const room = new Room(4);
  const [first, second] = Array.from({ length: 2 }, (_, n) => room.working(`shop ${n}`, 'shop'));
  for (let n = 0; n < 3; n++) room.working(`blog ${n}`, 'blog');
  assert.equal(room.seats.mayBegin('shop'), false);
  first?.rests();
  assert.equal(room.freed, 1);
  assert.ok(room.seats.mayBegin('shop'));
  second?.leave();
});

test('whatever comes: no more than there are places, and nobody who works has to go', () => {
  const step = fc.record({
    what: fc.constantFrom('take', 'begins', 'waits', 'rests', 'leave'),
    which: fc.nat(20),
    app: fc.constantFrom('shop', 'blog', 'wiki'),
    address: fc.constantFrom('near', 'far'),
  });
  const property = fc.property(
    fc.integer({ min: 1, max: 8 }),
    fc.array(step, { maxLength: 60 }),
    (max, steps) => {
      const seats = createSeats({ max, freed: () => undefined });
      const open = new Map<Seat, 'works' | 'else'>();
      for (const { what, which, app, address } of steps) {
        const [seat] = [...open.keys()].slice(which % Math.max(1, open.size));
        const go = (gone: Seat): void => {
          assert.equal(open.get(gone), 'else');
          open.delete(gone);
          gone.leave();
        };
        if (what === 'take') {
          let taken: Seat | undefined;
          taken = seats.take({ address, close: () => taken && go(taken) });
          if (taken) open.set(taken, 'else');
          else assert.ok(open.size >= max);
        } else if (seat) {
          if (what === 'waits') seat.waits(app, () => go(seat));
          else if (what === 'begins') seat.begins(app);
          else seat[what as 'rests' | 'leave']();
          if (what === 'leave') open.delete(seat);
          else open.set(seat, what === 'begins' ? 'works' : 'else');
        }
        assert.ok(open.size <= max + Math.ceil(max / 4));
      }
      for (const seat of open.keys()) seat.leave();
      for (let n = 0; n < max; n++)
        assert.ok(seats.take({ address: 'after', close: () => assert.fail('taken') }));
    },
  );
  fc.assert(property, { numRuns: 300 });
});
