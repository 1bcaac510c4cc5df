import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../test/count.ts';
import { anyCharacter } from '../../test/random-text.ts';
import { failures } from '../lib/errors.ts';
import { createLogger, type LoggerOptions } from './pino-logger.ts';
import { printable } from './printable.ts';

const fail = failures({ NO_FILE: { blame: 'operator', text: 'Cannot open file: it is not there' } });

function written(options: LoggerOptions = {}) {
  const lines: string[] = [];
  const log = createLogger({ ...options, stream: { write: (line) => lines.push(line) } });
  return { log, lines, records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('createLogger() as JSON', () => {
  it('writes one object for each line, fields of parents first', () => {
    const { log, lines, records } = written();
    log.child({ app: 'shop' }).child({ module: 'api' }).warn('Module failed', { n: 1n });
    const [{ time, ...rest } = {}] = records();
    assert.equal(typeof time, 'number');
    assert.deepEqual(rest, { level: 'warn', msg: 'Module failed', app: 'shop', module: 'api', n: '1' });
    assert.match(lines[0] ?? '', /^[^\n]*\n$/);
  });

  it('keeps to its level', () => {
    const { log, lines } = written({ level: 'warn' });
    log.info('Not written');
    log.child({ a: 1 }).debug('Not written');
    log.error('Written');
    assert.equal(lines.length, 1);
  });

  it('lets no field pass for the log itself', () => {
    const { log, records } = written();
    const hostile = JSON.parse('{"level":"error","msg":"fake","time":0,"error":1,"__proto__":{"a":1}}');
    log.child(hostile).info('True', hostile);
    const [record] = records();
    assert.deepEqual([record?.['level'], record?.['msg'], record?.['error']], ['info', 'True', undefined]);
    assert.deepEqual([record?.['level_'], record?.['msg_']], ['error', 'fake']);
  });

  it('unfolds errors and their causes, stacks only when debugging', () => {
    const error = fail('NO_FILE', { path: '/a' }, new TypeError('No path'));
    const quiet = written();
    quiet.log.error('Stopped', {}, error);
    assert.deepEqual(quiet.records()[0]?.['error'], {
      text: 'Cannot open file: it is not there',
      code: 'NO_FILE',
      blame: 'operator',
      detail: { path: '/a' },
      cause: { text: 'No path', name: 'TypeError' },
    });
    const loud = written({ level: 'debug' });
    loud.log.error('Stopped', {}, error);
    assert.match(JSON.stringify(loud.records()[0]?.['error']), /"stack":".* at /);
  });

  it('bears circles, getters that are long, and errors that cause each other', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const error = new Error('a');
    error.cause = error;
    const { log, lines } = written();
    log.warn('Odd', { circle, long: 'x'.repeat(1e6), many: new Array(1e5).fill(0) }, error);
    assert.ok((lines[0]?.length ?? 0) < 50_000);
  });
});

describe('createLogger() on a terminal', () => {
  it('writes a line for people', () => {
    const { log, lines } = written({ pretty: true });
    log.warn(
      'Module failed',
      { app: 'shop', text: 'two words' },
      fail('NO_FILE', { path: '/a' }, new Error('x')),
    );
    const [first, second, third] = (lines[0] ?? '').split('\n');
    assert.match(first ?? '', /^\d\d:\d\d:\d\d\.\d{3} warn {2}shop {2}Module failed {2}"two words"$/);
    assert.equal(second, '  NO_FILE: Cannot open file: it is not there  path=/a');
    assert.equal(third, '  because x');
  });

  it('writes texts of several lines below, and lists of sentences one by one', () => {
    const { log, lines } = written({ pretty: true });
    const text = 'Handler threw Error: odd\n    at reply (src/index.ts:13:39)\n';
    const cause = new Error('The operating system refuses to open the file');
    const error = fail('NO_FILE', { faults: ['a is missing', 'b is wrong'], reason: cause.message }, cause);
    log
      .child({ extension: 'logging', app: 'shop', module: 'api' })
      .error('Guest says', { text, event: 7 }, error);
    assert.deepEqual((lines[0] ?? '').replace(/^[\d:.]+/, '').split('\n'), [
      ' error logging shop/api  Guest says  event=7',
      '  │ Handler threw Error: odd',
      '  │     at reply (src/index.ts:13:39)',
      '  NO_FILE: Cannot open file: it is not there',
      '    faults:',
      '      - a is missing',
      '      - b is wrong',
      '  because The operating system refuses to open the file',
      '',
    ]);
  });

  it('lets no text move the cursor, colour or start a line', () => {
    const text = fc.oneof(
      fc.string({ unit: anyCharacter() }),
      fc.constantFrom('\u001b[2J', '\r\n', '\u009b1m', '\u202eabc', '\ud800', '\u0000'),
    );
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const { log, lines } = written({ pretty: true });
        log.info(
          'Guest says',
          { text: a, deep: { list: [b], [c]: c } },
          new Error(c, { cause: fail('NO_FILE', { b }) }),
        );
        const all = lines.join('');
        const [first, ...more] = all.split('\n');
        assert.match(first ?? '', /^[\d:.]+ info {2}Guest says {2}/);
        assert.equal(more.pop(), '');
        for (const line of more) assert.ok(line.startsWith('  '), line);
        assert.doesNotMatch(
          all.replaceAll('\n', ''),
          /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/,
        );
      }),
      { seed, numRuns: count(10_000, 200) },
    );
  });
});

describe('printable()', () => {
  it('leaves what a person reads', () => {
    for (const text of ['plain', 'Grüße', '日本語', '🙂', 'a\\b']) assert.equal(printable(text), text);
  });
});
