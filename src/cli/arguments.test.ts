import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expectWords, readArguments } from './arguments.ts';
import type { Command } from './command.ts';

const command: Command = {
  name: 'serve',
  summary: '',
  usage: '',
  about: '',
  options: {
    port: { type: 'string', short: 'p', value: 'port', help: '' },
    listen: { type: 'string', multiple: true, help: '' },
    'no-build': { type: 'boolean', help: '' },
  },
  examples: [],
  run: async () => 0,
};
const faultsOf = (...args: string[]): readonly string[] => {
  try {
    readArguments(args, command);
  } catch (error: any) {
    assert.equal(error.code, 'USAGE');
    return error.detail.faults;
  }
  return [];
};

describe('the arguments of a command', () => {
  it('are words and options in any order', () => {
    const given = readArguments(
      ['a', '-p', '80', '--no-build', 'b', '--listen=::1', '--listen', '0.0.0.0'],
      command,
    );
    assert.deepEqual(given.words, ['a', 'b']);
    assert.deepEqual(
      [given.text('port'), given.text('listen'), given.flag('no-build')],
      [['80'], ['::1', '0.0.0.0'], true],
    );
    assert.deepEqual([given.flag('verbose'), given.text('output')], [false, []]);
  });

  it('take negative numbers for words', () => {
    const numbers = ['-1', '-1.5', '-12e3', '-0', '-.5'];
    assert.deepEqual(readArguments([...numbers, '--no-build'], command).words, numbers);
  });

  it('take everything behind -- for words', () => {
    assert.deepEqual(readArguments(['--', '--port', '-p'], command).words, ['--port', '-p']);
  });

  it('are refused with every fault', () => {
    assert.deepEqual(faultsOf('--prot', '80', '--no-build=yes', '--port'), [
      '--prot is unknown: did you mean "--port"?',
      '--no-build takes no value',
      '--port needs a value: --port <port>',
    ]);
    assert.deepEqual(faultsOf('--port', '1', '-p', '2'), ['-p stands twice: give it once']);
    assert.match(faultsOf('--__proto__')[0]!, /^--__proto__ is unknown/);
  });

  it('are counted', () => {
    const given = readArguments(['a', 'b'], command);
    const what = { command: 'serve', what: 'a folder' };
    assert.throws(() => expectWords(given, { ...what, least: 3 }), { code: 'USAGE' });
    assert.throws(
      () => expectWords(given, { ...what, least: 1, most: 1 }),
      (error: any) => {
        assert.deepEqual(error.detail.faults, ['"b" is one word too many: give a folder']);
        return true;
      },
    );
    expectWords(given, { ...what, least: 1 });
  });
});
