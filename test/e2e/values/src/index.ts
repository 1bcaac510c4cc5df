// What TypeScript says of each value here must be what QuickJS gives and takes: the first is checked when this is
// built, the second when it runs.
import * as api from 'test:values/api';
import type { Check, Integer, Maybe } from 'test:values/event';

export const maybe: Maybe = (some) => (some ? 'yes' : null);

/** Numbers are taken where they stand for one integer only: code that is not type-checked may give them. */
export const integer: Integer = (text) => (text.endsWith('n') ? BigInt(text.slice(0, -1)) : JSON.parse(text));

export const check: Check = (bytes, none, big, shape) => {
  const wrong: string[] = [];
  const same = <T>(what: string, found: T, expected: T): void => {
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
      wrong.push(`${what}: ${JSON.stringify(found)} for ${JSON.stringify(expected)}`);
    }
  };
  const kind = (what: string, found: string, expected: string): void => {
    if (found !== expected) wrong.push(`${what}: is ${found}, not ${expected}`);
  };

  kind('bytes', bytes.constructor.name, 'Uint8Array');
  kind('none', String(none satisfies number | null), 'null');
  kind('big', typeof (big satisfies bigint), 'bigint');
  if (big !== 2n ** 53n + 1n) wrong.push(`big: ${big}`);
  if (shape.tag === 'box') same('box', shape.val satisfies [number, number], [1, 2]);
  else wrong.push(`shape: ${shape.tag}`);

  same('bool', api.echoBool(true), true);
  for (const value of [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n])
    for (const [what, found] of [
      ['u64', api.echoU64(value)],
      ['s64', api.echoS64(value)],
    ] as const)
      if (found !== value) wrong.push(`${what}: ${found} for ${value}`);
  if (api.echoU64(2n ** 64n - 1n) !== 2n ** 64n - 1n) wrong.push('u64: the largest');
  if (api.echoS64(-(2n ** 63n)) !== -(2n ** 63n) || api.echoS64(-1n) !== -1n) wrong.push('s64: negative');
  same('f32', api.echoF32(1.5), 1.5);
  same('char', api.echoChar('é'), 'é');
  same('string', api.echoString('a\u0000é🙂'), 'a\u0000é🙂');
  kind('list<u8>', api.echoBytes(Uint8Array.of(1)).constructor.name, 'Uint8Array');
  const numbers: number[] = api.echoNumbers([1, 65535]);
  same('list<u16>', numbers, [1, 65535]);
  kind('list<u16>', numbers.constructor.name, 'Array');
  same('list<s64>', api.echoLongs([1n, -1n]).map(String), ['1', '-1']);
  same('record', api.echoPoint({ x: 1, y: 2.5, tags: ['a'] }), { x: 1, y: 2.5, tags: ['a'] });
  same('record without', api.echoPoint({ x: 1, tags: [] }), { x: 1, y: null, tags: [] });
  same('record null', api.echoPoint({ x: 1, y: null, tags: [] }), { x: 1, y: null, tags: [] });
  same('variant', api.echoShape({ tag: 'circle', val: 0.5 }), { tag: 'circle', val: 0.5 });
  same('case alone', api.echoShape({ tag: 'dot' }).tag, 'dot');
  same('enum', api.echoLevel('very-high'), 'very-high');
  same('flags', api.echoPerms({ canWrite: true }), { canRead: false, canWrite: true });
  same('some', api.echoOption('x'), 'x');
  same('none', api.echoOption(null), null);
  same('undefined', api.echoOption(undefined), null);
  same('nested none', api.echoNested({ tag: 'none' }), { tag: 'none' });
  same('nested some none', api.echoNested({ tag: 'some', val: null }), { tag: 'some', val: null });
  same('nested some', api.echoNested({ tag: 'some', val: 7 }), { tag: 'some', val: 7 });
  same(
    'results',
    api.echoResults([
      { tag: 'ok', val: 1 },
      { tag: 'err', val: 'e' },
    ]),
    [
      { tag: 'ok', val: 1 },
      { tag: 'err', val: 'e' },
    ],
  );
  same('ok', api.halve(4), 2);
  try {
    wrong.push(`err: ${api.halve(3)}`);
  } catch (error) {
    same('err', (error as { payload?: unknown }).payload, { tag: 'circle', val: 0.5 });
  }
  same('reserved word', api.delete('x'), 'deleted x');
  {
    using counter = new api.Counter(5);
    same('method', [counter.next(), counter.next()], [5, 6]);
    same('static', api.Counter.sum(counter, new api.Counter(10)), 17);
  }
  kind('performance', typeof performance.now(), 'number');
  same('base64', atob(btoa('abc')), 'abc');
  return wrong;
};
