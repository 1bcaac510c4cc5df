import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CodedError } from '../lib/errors.ts';
import { report } from './report.ts';

const row = { blame: 'operator', text: 'Cannot do it: do something else' } as const;
const plain = { colors: false, verbose: false };

describe('the report of an error', () => {
  it('says codes, details and causes, each thing once', () => {
    const cause = new CodedError('INNER', { blame: 'host', text: 'Inner' }, { line: 1, deep: { a: 1n } });
    const error = new CodedError(
      'OUTER',
      row,
      { file: 'x', line: 1, reason: 'Inner', nothing: undefined },
      cause,
    );
    assert.equal(
      report(error, plain),
      'Error OUTER: Cannot do it: do something else\n  file: x\n  line: 1\n  caused by: INNER: Inner\n    deep: {"a":"1"}\n',
    );
  });

  it('shows lists as bullets, several lines below each other', () => {
    const detail = {
      missing: ['a', 'b'],
      faults: ['one\n  1 | x\n    | ^', { module: 'm', code: 'C', text: 'T', detail: { at: 7 } }],
    };
    assert.equal(
      report(new CodedError('LISTS', row, detail), plain),
      'Error LISTS: Cannot do it: do something else\n  missing:\n    - a\n    - b\n  - one\n      1 | x\n        | ^\n  - m: C: T {"at":7}\n',
    );
  });

  it('lets nothing from outside move the terminal', () => {
    const text = report(
      new CodedError('HOSTILE', row, { name: '\u001b[2Jx\r', faults: ['a\u202eb'] }),
      plain,
    );
    assert.doesNotMatch(text, /[\u001b\r\u202e]/);
  });

  it('tells that an error without a code is ours, with its stack when asked', () => {
    const text = report(new TypeError('oops'), { colors: false, verbose: true });
    assert.match(text, /^Error INTERNAL: oops\n {2}This is a fault of Hermes itself/);
    assert.match(text, /^\s+at /m);
    assert.match(report('a text', plain), /^Error INTERNAL: a text\n/);
  });

  it('is coloured only when it may be', () => {
    assert.ok(report(new Error('x'), { colors: true, verbose: false }).startsWith('\u001b[31m'));
  });
});
