import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Collector, createCollector } from '../telemetry/collector.ts';
import { createOutput, type OutputLimits } from './output.ts';

const LIMITS: OutputLimits = { lines: 1000, bytes: 10_000, line: 20 };

function texts(log: Collector): readonly unknown[] {
  return log.find('Guest says').map(({ fields }) => fields['text']);
}

function written(pieces: readonly (string | Uint8Array)[], limits: Partial<OutputLimits> = {}): Collector {
  const log = createCollector();
  using output = createOutput(log, { ...LIMITS, ...limits });
  for (const piece of pieces) {
    output.write('stdout', typeof piece === 'string' ? new TextEncoder().encode(piece) : piece);
  }
  return log;
}

test('output becomes lines, whatever the pieces it came in', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', 'é', '😀', ' '), maxLength: 60 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 7 }), (text, size) => {
      const bytes = new TextEncoder().encode(text);
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
      const expected = text.split('\n');
      if (expected.at(-1) === '') expected.pop();
      assert.deepEqual(texts(written(pieces, { line: 1000 })), expected);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('output keeps its streams apart', () => {
  const log = createCollector();
  {
    using output = createOutput(log);
    const bytes = (text: string) => new TextEncoder().encode(text);
    output.write('stdout', bytes('a'));
    output.write('stderr', bytes('b\nc'));
    output.write('stdout', bytes('d\n'));
  }
  assert.deepEqual(
    log.lines.map(({ level, fields }) => [level, fields['stream'], fields['text']]),
    [
      ['info', 'stderr', 'b'],
      ['info', 'stdout', 'ad'],
      ['info', 'stderr', 'c'],
    ],
  );
});

test('output of other systems and of no text is readable', () => {
  assert.deepEqual(texts(written(['a\r', '\nb\rc\r\n'])), ['a', 'b\rc']);
  assert.deepEqual(texts(written([new Uint8Array([0x61, 0xff, 0x62, 0x0a])])), ['a\ufffdb']);
  assert.deepEqual(texts(written([new Uint8Array([0xc3])])), ['\ufffd']);
});

test('output without an end of line is written in pieces', () => {
  const pieces = texts(written(['x'.repeat(50), 'x'.repeat(15), '\n'])).map((text) => String(text).length);
  assert.deepEqual(pieces, [20, 20, 20, 5]);
});

test('output past its limits is dropped, and the log says how much', () => {
  const lines = written(['a\nb\nc\nd\n', 'e\n'], { lines: 2 });
  assert.deepEqual(
    lines.lines.map(({ level, message, fields }) => [level, message, fields['text'] ?? fields['lines']]),
    [
      ['info', 'Guest says', 'a'],
      ['info', 'Guest says', 'b'],
      ['warn', 'Guest output limit reached, the rest is dropped', undefined],
      ['warn', 'Guest output dropped', 3],
    ],
  );
  const bytes = written(['abc', 'defg\n', 'h\n'], { bytes: 5 });
  assert.deepEqual(
    bytes.lines.map(({ level, message, fields }) => [level, message, fields['text'] ?? fields['bytes']]),
    [
      ['warn', 'Guest output limit reached, the rest is dropped', undefined],
      ['info', 'Guest says', 'abcde'],
      ['warn', 'Guest output dropped', 5],
    ],
  );
});
