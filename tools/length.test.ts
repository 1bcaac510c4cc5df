import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sources } from './sources.ts';

/**
 * A file has one subject and at most 300 lines, a test 600, a function 60. A file that needs more says why in
 * a line `// length: …`, which is what this table reads; there should be very few.
 */
const limits = { file: 300, test: 600, function: 60 };

interface Long {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

/** Top-level functions and methods by their indentation, which the formatter guarantees. */
function longFunctions(text: string): readonly Long[] {
  const found: Long[] = [];
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const start =
      /^(\s*)(?:export )?(?:async )?(?:static )?(?:function\*? ?)?([#\w]+|\[[^\]]+\])(?:<.*>)?\(.*\{$/.exec(
        line,
      );
    if (!start || /^\s*(if|for|while|switch|catch|return|describe|it|test|suite)\b/.test(line)) continue;
    const close = `${start[1]}}`;
    // A method of an object has a comma behind it.
    const end = lines.findIndex((other, at) => at >= index && (other === close || other === `${close},`));
    if (end - index + 1 > limits.function)
      found.push({ name: start[2] ?? '', line: index + 1, lines: end - index + 1 });
  }
  return found;
}

test('files are short', async () => {
  const long: string[] = [];
  for (const { path, text } of await sources(['src', 'tools', 'test', 'bench'])) {
    const lines = text.split('\n').length - 1;
    const limit = path.endsWith('.test.ts') ? limits.test : limits.file;
    if (lines > limit && !/^\/\/ length: \S/m.test(text)) long.push(`${path}: ${lines} lines`);
  }
  assert.deepEqual(long, []);
});

test('functions are short', async () => {
  const long: string[] = [];
  for (const { path, text } of await sources(['src'])) {
    if (path.endsWith('.test.ts') || /^\/\/ length: \S/m.test(text)) continue;
    for (const { name, line, lines } of longFunctions(text))
      long.push(`${path}:${line} ${name}: ${lines} lines`);
  }
  assert.deepEqual(long, []);
});

test('the length check sees a long function and method', () => {
  const body = '    step();\n'.repeat(70);
  assert.equal(longFunctions(`export async function walk(a: string): Promise<void> {\n${body}}\n`).length, 1);
  assert.equal(longFunctions(`class A {\n  run(a: string): void {\n${body}  }\n}\n`).length, 1);
  assert.equal(longFunctions(`function short(): void {\n  step();\n}\n`).length, 0);
  const object = `  return {\n    run() {\n      step();\n    },\n${body}    stop() {\n      step();\n    }\n`;
  assert.equal(longFunctions(object).length, 0);
});
