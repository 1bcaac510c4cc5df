/**
 * Handles in random order on our runtime and on jco's output: the host's resources in the guest, by number, and
 * the guest's in the host. Same answers, same traps, same destructors.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { compile, createLinker, type Instance } from '../../src/component/index.ts';
import { count, seed } from '../count.ts';
import { transpiled } from './jco.ts';
import { strayHandles } from './jco-differences.ts';
import { embed, GUEST, HOST } from './pass-through.ts';

const wit = `package test:diff;
interface host {
  resource thing {
    constructor(id: u32);
    id: func() -> u32;
    join: static func(a: thing, b: borrow<thing>) -> thing;
  }
  take: func(t: thing) -> u32;
  lend: func(t: borrow<thing>) -> u32;
  give: func(id: u32) -> thing;
}
interface guest {
  use host.{thing};
  resource cell {
    constructor(n: u32);
    get: func() -> u32;
    add: static func(a: cell, b: borrow<cell>) -> cell;
  }
  make: func(id: u32) -> u32;
  receive: func(id: u32) -> u32;
  id: func(h: u32) -> u32;
  take: func(h: u32) -> u32;
  lend: func(h: u32) -> u32;
  drop: func(h: u32);
  join: func(a: u32, b: u32) -> u32;
  keep: func(t: thing) -> u32;
  hand-out: func(h: u32) -> thing;
  borrow-id: func(t: borrow<thing>) -> u32;
  borrow-keep: func(t: borrow<thing>) -> u32;
  borrow-take: func(t: borrow<thing>) -> u32;
  cell-new: func(n: u32) -> u32;
  cell-rep: func(h: u32) -> u32;
  cell-drop: func(h: u32);
  cell-keep: func(c: cell) -> u32;
  cell-hand-out: func(h: u32) -> cell;
  cells-destroyed: func() -> u32;
}
world pass { import host; export guest; }`;

/** Exports that hand a number straight to an import: the handle table is probed from outside. */
const core = `(module
  (import "${HOST}" "[constructor]thing" (func $make (param i32) (result i32)))
  (import "${HOST}" "[method]thing.id" (func $id (param i32) (result i32)))
  (import "${HOST}" "[static]thing.join" (func $join (param i32 i32) (result i32)))
  (import "${HOST}" "take" (func $take (param i32) (result i32)))
  (import "${HOST}" "lend" (func $lend (param i32) (result i32)))
  (import "${HOST}" "give" (func $give (param i32) (result i32)))
  (import "${HOST}" "[resource-drop]thing" (func $drop (param i32)))
  (import "[export]${GUEST}" "[resource-new]cell" (func $new (param i32) (result i32)))
  (import "[export]${GUEST}" "[resource-rep]cell" (func $rep (param i32) (result i32)))
  (import "[export]${GUEST}" "[resource-drop]cell" (func $drop-cell (param i32)))
  (global $destroyed (mut i32) (i32.const 0))
  (func (export "${GUEST}#make") (param i32) (result i32) (call $make (local.get 0)))
  (func (export "${GUEST}#receive") (param i32) (result i32) (call $give (local.get 0)))
  (func (export "${GUEST}#id") (param i32) (result i32) (call $id (local.get 0)))
  (func (export "${GUEST}#take") (param i32) (result i32) (call $take (local.get 0)))
  (func (export "${GUEST}#lend") (param i32) (result i32) (call $lend (local.get 0)))
  (func (export "${GUEST}#drop") (param i32) (call $drop (local.get 0)))
  (func (export "${GUEST}#join") (param i32 i32) (result i32) (call $join (local.get 0) (local.get 1)))
  (func (export "${GUEST}#keep") (param i32) (result i32) (local.get 0))
  (func (export "${GUEST}#hand-out") (param i32) (result i32) (local.get 0))
  (func (export "${GUEST}#borrow-id") (param i32) (result i32)
    (local $n i32)
    (local.set $n (call $id (local.get 0)))
    (call $drop (local.get 0))
    (local.get $n))
  (func (export "${GUEST}#borrow-keep") (param i32) (result i32) (call $id (local.get 0)))
  (func (export "${GUEST}#borrow-take") (param i32) (result i32) (call $take (local.get 0)))
  (func (export "${GUEST}#[constructor]cell") (param i32) (result i32) (call $new (local.get 0)))
  (func (export "${GUEST}#[method]cell.get") (param i32) (result i32) (local.get 0))
  (func (export "${GUEST}#[static]cell.add") (param $a i32) (param $b i32) (result i32)
    (local $n i32)
    (local.set $n (i32.add (call $rep (local.get $a)) (local.get $b)))
    (call $drop-cell (local.get $a))
    (call $new (local.get $n)))
  (func (export "${GUEST}#[dtor]cell") (param i32)
    (global.set $destroyed (i32.add (global.get $destroyed) (local.get 0))))
  (func (export "${GUEST}#cell-new") (param i32) (result i32) (call $new (local.get 0)))
  (func (export "${GUEST}#cell-rep") (param i32) (result i32) (call $rep (local.get 0)))
  (func (export "${GUEST}#cell-drop") (param i32) (call $drop-cell (local.get 0)))
  (func (export "${GUEST}#cell-keep") (param i32) (result i32) (local.get 0))
  (func (export "${GUEST}#cell-hand-out") (param i32) (result i32) (local.get 0))
  (func (export "${GUEST}#cells-destroyed") (result i32) (global.get $destroyed)))`;

/** The host's thing; what happens to things is written down. */
class Thing {
  readonly #id: number;
  readonly #log: string[];
  constructor(id: number, log: string[]) {
    this.#id = id;
    this.#log = log;
    log.push(`made ${id}`);
  }
  get number(): number {
    return this.#id;
  }
  [Symbol.dispose](): void {
    this.#log.push(`dropped ${this.#id}`);
  }
}

interface Side {
  readonly log: string[];
  /** Calls a plain export. */
  call(name: string, ...args: unknown[]): any;
  thing(id: number): object;
  numberOf(thing: any): number;
  newCell(n: number): object;
  get(cell: any): number;
  add(a: any, b: any): object;
  drop(cell: any): void;
  /** A fresh instance, after a trap. */
  renew(): void;
}

async function ourSide(bytes: Uint8Array): Promise<Side> {
  const log: string[] = [];
  class OurThing extends Thing {
    constructor(_call: unknown, id: number) {
      super(id, log);
    }
    id(_call: unknown): number {
      return this.number;
    }
    static join(_call: unknown, a: OurThing, b: OurThing): OurThing {
      return new OurThing(undefined, a.number + b.number);
    }
  }
  const pre = createLinker()
    .define(HOST, {
      Thing: OurThing,
      take: (_call, thing: OurThing) => thing.number,
      lend: (_call, thing: OurThing) => thing.number,
      give: (_call, id: number) => new OurThing(undefined, id),
    })
    .link(await compile(bytes));
  let instance: Instance = pre.acquire();
  return {
    log,
    call: (name, ...args) => instance.call(`${GUEST}#${name}`, args),
    thing: (id) => new OurThing(undefined, id),
    numberOf: (thing) => thing.number,
    newCell: (n) => instance.call(`${GUEST}#[constructor]cell`, [n]) as object,
    get: (cell) => instance.call(`${GUEST}#[method]cell.get`, [cell]) as number,
    add: (a, b) => instance.call(`${GUEST}#[static]cell.add`, [a, b]) as object,
    drop: (cell) => cell[Symbol.dispose](),
    renew: () => {
      instance = pre.acquire();
    },
  };
}

async function jcoSide(bytes: Uint8Array): Promise<Side> {
  const log: string[] = [];
  class JcoThing extends Thing {
    constructor(id: number) {
      super(id, log);
    }
    id(): number {
      return this.number;
    }
    static join(a: JcoThing, b: JcoThing): JcoThing {
      return new JcoThing(a.number + b.number);
    }
  }
  const imports = {
    [HOST]: {
      Thing: JcoThing,
      take: (thing: JcoThing) => thing.number,
      lend: (thing: JcoThing) => thing.number,
      give: (id: number) => new JcoThing(id),
    },
  };
  const instantiate = await transpiled(bytes);
  let guest = instantiate(imports)[GUEST];
  const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return {
    log,
    call: (name, ...args) => guest[camel(name)](...args),
    thing: (id) => new JcoThing(id),
    numberOf: (thing) => thing.number,
    newCell: (n) => new guest.Cell(n),
    get: (cell) => cell.get(),
    add: (a, b) => guest.Cell.add(a, b),
    drop: (cell) => cell[Symbol.dispose](),
    renew: () => {
      guest = instantiate(imports)[GUEST];
    },
  };
}

type Step = readonly [name: string, a: number, b: number];

function outcome(run: () => unknown): { readonly value?: unknown; readonly error?: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}

/** Steps with a handle by its number, valid or not, then steps with a thing of the host. */
const byNumber = ['make', 'make', 'receive', 'id', 'take', 'lend', 'drop', 'join', 'hand-out'];
const byThing = ['keep', 'borrow-id', 'borrow-id', 'borrow-keep', 'borrow-take'];

function thingStep(side: Side, [name, a, b]: Step): unknown {
  if (byThing.includes(name)) return side.call(name, side.thing(100 + a));
  if (name === 'hand-out') return side.numberOf(side.call(name, a));
  return name === 'join' ? side.call(name, a, b) : side.call(name, a);
}

/** The specification's handle table in a few lines: what each step must answer, `trap` included. */
class Model {
  readonly log: string[] = [];
  readonly #table: (number | undefined)[] = [undefined];
  readonly #free: number[] = [];

  #add(id: number): number {
    const index = this.#free.pop() ?? this.#table.length;
    this.#table[index] = id;
    return index;
  }

  #get(index: number): number {
    const id = this.#table[index];
    if (id === undefined) throw new Error('trap');
    return id;
  }

  #remove(index: number): number {
    const id = this.#get(index);
    this.#table[index] = undefined;
    this.#free.push(index);
    return id;
  }

  step([name, a, b]: Step): unknown {
    if (name === 'make' || name === 'receive') return this.#made(a);
    if (name === 'id' || name === 'lend') return this.#get(a);
    if (name === 'take' || name === 'hand-out') return this.#remove(a);
    if (name === 'drop') {
      this.log.push(`dropped ${this.#remove(a)}`);
      return undefined;
    }
    if (name === 'join') return this.#made(this.#remove(a) + this.#get(b));
    const handle = this.#made(100 + a);
    if (name === 'keep') return handle;
    if (name !== 'borrow-id') throw new Error('trap');
    return this.#remove(handle);
  }

  #made(id: number): number {
    this.log.push(`made ${id}`);
    return this.#add(id);
  }
}

test("the host's resources live, move and end as they do on jco", { timeout: 3_600_000 }, async () => {
  const bytes = await embed(core, wit);
  const ours = await ourSide(bytes);
  const jco = await jcoSide(bytes);
  const number = fc.integer({ min: 0, max: 4 });
  const step = fc.tuple(fc.constantFrom(...byNumber, ...byThing), number, number);
  const tally = { same: 0, trapped: 0, known: 0 };
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (sequence) => {
      const model = new Model();
      for (const side of [ours, jco]) {
        side.renew();
        side.log.length = 0;
      }
      for (const [index, next] of sequence.entries()) {
        const expected = outcome(() => model.step(next));
        const mine = outcome(() => thingStep(ours, next));
        const other = outcome(() => thingStep(jco, next));
        const where = `${inspect(sequence.slice(0, index + 1))}\nours ${inspect(mine)}\njco ${inspect(other)}`;
        if ('error' in expected) {
          assert.match((mine.error as { code: string }).code, /^TRAP_(HANDLE|BORROW)$/, where);
          assert.ok('error' in other || next[0] in strayHandles, where);
          tally['error' in other ? 'trapped' : 'known']++;
          return;
        }
        assert.deepEqual(mine, expected, where);
        assert.deepEqual(other, expected, where);
        assert.deepEqual(ours.log, model.log, where);
        assert.deepEqual(jco.log, model.log, where);
        tally.same++;
      }
    }),
    { seed, numRuns: count(50_000), endOnFailure: false },
  );
  assert.ok(tally.same > 300 && tally.trapped > 50 && tally.known > 0, inspect(tally));
});

/** What each side's host holds, and the numbers of the handles that its guest keeps. */
interface Holdings {
  readonly cells: (object | undefined)[];
  readonly kept: number[];
}

/** Steps that a host may take; `undefined` when it has not got what the step needs. */
function cellStep(side: Side, { cells, kept }: Holdings, [name, a, b]: Step): unknown {
  const cell = cells[a];
  switch (name) {
    case 'new':
      cells[a] = side.newCell(b + 1);
      return side.get(cells[a]);
    case 'get':
      return cell && side.get(cell);
    case 'add':
      if (!cell || !cells[b] || a === b) return undefined;
      cells[a] = side.add(cell, cells[b]);
      return side.get(cells[a]);
    case 'dispose':
      if (cell) side.drop(cell);
      cells[a] = undefined;
      return undefined;
    case 'cell-keep':
      if (!cell) return undefined;
      kept.push(side.call(name, cell));
      cells[a] = undefined;
      return undefined;
    case 'cell-new':
      kept.push(side.call(name, b + 1));
      return undefined;
    case 'cells-destroyed':
      return side.call(name);
    default: {
      const handle = name === 'cell-rep' ? kept[0] : kept.shift();
      const answer = handle === undefined ? undefined : side.call(name, handle);
      if (typeof answer !== 'object') return answer;
      cells[a] = answer;
      return side.get(answer);
    }
  }
}

test("the guest's resources live, move and end as they do on jco", { timeout: 3_600_000 }, async () => {
  const names = [
    'new',
    'get',
    'add',
    'dispose',
    'cell-keep',
    'cell-new',
    'cell-rep',
    'cell-drop',
    'cell-hand-out',
  ];
  const bytes = await embed(core, wit);
  const ours = await ourSide(bytes);
  const jco = await jcoSide(bytes);
  const number = fc.integer({ min: 0, max: 3 });
  const step = fc.tuple(fc.constantFrom(...names, 'cells-destroyed'), number, number);
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (sequence) => {
      const held: [Holdings, Holdings] = [
        { cells: [], kept: [] },
        { cells: [], kept: [] },
      ];
      ours.renew();
      jco.renew();
      for (const [index, next] of [...sequence, ['cells-destroyed', 0, 0] as const].entries()) {
        const mine = cellStep(ours, held[0], next);
        assert.equal(mine, cellStep(jco, held[1], next), inspect(sequence.slice(0, index + 1)));
      }
    }),
    { seed, numRuns: count(50_000), endOnFailure: false },
  );
});
