/**
 * Steps over what follows an opcode.
 *
 * @module
 */
import type { Reader } from './binary.ts';
import { unsupported } from './errors.ts';
import { PLAIN, PREFIXED, shape } from './opcodes.ts';
import { skipBlockType, skipHeapType, skipValueType } from './types.ts';

/** Moves past immediates of this shape. */
export function skipShape(r: Reader, form: number): void {
  switch (form) {
    case shape.none:
      return;
    case shape.leb:
      r.skipLeb();
      return;
    case shape.leb2:
      r.skipLeb();
      r.skipLeb();
      return;
    case shape.memory:
      skipMemoryArgument(r);
      return;
    case shape.memoryLane:
      skipMemoryArgument(r);
      r.skip(1);
      return;
    case shape.block:
      skipBlockType(r);
      return;
    case shape.brTable:
      for (let left = r.unsigned(); left >= 0; left--) r.skipLeb();
      return;
    case shape.types:
      for (let left = r.unsigned(); left > 0; left--) skipValueType(r);
      return;
    case shape.byte:
      r.skip(1);
      return;
    case shape.bytes4:
      r.skip(4);
      return;
    case shape.bytes8:
      r.skip(8);
      return;
    case shape.bytes16:
      r.skip(16);
      return;
    case shape.heap:
      skipHeapType(r);
      return;
    default:
      skipBranching(r, form);
  }
}

/** Moves past all that follows the first byte of an instruction, which is known. */
export function skipImmediates(r: Reader, first: number): void {
  const prefixed = PREFIXED[first];
  const number = prefixed === undefined ? first : r.unsigned();
  skipShape(r, (prefixed ?? PLAIN).shapes[number] as number);
}

function skipBranching(r: Reader, form: number): void {
  if (form === shape.tryTable) {
    skipBlockType(r);
    catchLabels(r, () => {});
  } else {
    r.skip(1);
    r.skipLeb();
    skipHeapType(r);
    skipHeapType(r);
  }
}

/** Reads catch clauses up to their end; `visit` gets the label of each. */
export function catchLabels(r: Reader, visit: (label: number) => void): void {
  for (let left = r.unsigned(); left > 0; left--) {
    const at = r.at;
    const kind = r.byte();
    if (kind > 3) throw unsupported(`It uses an unknown catch clause ${kind}`, at);
    if (kind < 2) r.skipLeb();
    visit(r.unsigned());
  }
}

function skipMemoryArgument(r: Reader): void {
  if (r.unsigned() & 0x40) r.skipLeb();
  r.skipLeb();
}

/** What an opcode outside of the tables is refused with. */
export function unknownOpcode(first: number, second: number | undefined, at: number): Error {
  const number = second === undefined ? '' : ` ${second}`;
  return unsupported(`It uses the instruction 0x${first.toString(16)}${number}, which is not known here`, at);
}

/** Moves past a constant expression; `visit` gets the indices of `global.get` and `ref.func`. */
export function walkExpression(
  r: Reader,
  visit: (
    kind: 'global' | 'function',
    use: { readonly from: number; readonly to: number; readonly index: number },
  ) => void,
): void {
  for (;;) {
    const at = r.at;
    const first = r.byte();
    if (first === 0x0b) return;
    if (first === 0x23 || first === 0xd2) {
      const from = r.at;
      const index = r.unsigned();
      visit(first === 0x23 ? 'global' : 'function', { from, to: r.at, index });
      continue;
    }
    const prefixed = PREFIXED[first];
    const number = prefixed === undefined ? first : r.unsigned();
    const form = (prefixed ?? PLAIN).shapes[number] ?? shape.unknown;
    if (form === shape.unknown) throw unknownOpcode(first, prefixed && number, at);
    skipShape(r, form);
  }
}
