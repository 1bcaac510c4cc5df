/**
 * What metering must know of the loops of a function before it decides where they pay.
 *
 * @module
 */
import { type Body, EVENT, event, type Tape } from './events.ts';

export interface Loops {
  /** Loops in which nobody else takes fuel, as calls would: the outermost of each, ascending. */
  readonly quiet: readonly Quiet[];
  /**
   * Places on the tape of those of them that can pay where they go back, in place of their heads: many end in the
   * first round or the second. They take no parameters, because those would be on the stack where the code is to
   * be put, and only a few `br` and `br_if` go back to them. Around calls it was measured to be slower.
   */
  readonly behind: ReadonlySet<number>;
}

/** Where a loop starts, and where it ends, in the bytes of the module. */
export interface Quiet {
  readonly from: number;
  readonly to: number;
}

/** A loop that goes back from more places than this pays at its head: the code would grow, and 5 gained nothing. */
const MOST = 2;

const BRANCH_IF = 0x0d;

interface Label {
  /** Place on the tape; -1 for what is no loop. */
  readonly loop: number;
  /** How often it goes back; infinite where no code can be put. */
  edges: number;
  quiet: boolean;
}

/** `bytes` is the module. */
export function loopsOf(tape: Tape, body: Body, bytes: Uint8Array): Loops {
  const behind = new Set<number>();
  const quiet: Quiet[] = [];
  const { numbers } = tape;
  const labels: Label[] = [];
  const open = (loop: number, edges = 0): void => {
    labels.push({ loop, edges, quiet: true });
  };
  const branch = (depth: number, edges: number): void => {
    const label = labels[labels.length - 1 - depth];
    if (label !== undefined) label.edges += edges;
  };
  const close = (to: number): void => {
    const label = labels.pop();
    if (label === undefined) return;
    const above = labels.at(-1);
    if (above !== undefined) above.quiet &&= label.quiet;
    if (label.loop < 0 || !label.quiet || label.edges === 0) return;
    if (label.edges <= MOST) behind.add(label.loop);
    const from = numbers[label.loop + 3] as number;
    while ((quiet.at(-1)?.from ?? 0) > from) quiet.pop();
    quiet.push({ from, to });
  };
  open(-1);
  for (let at = body.from; at < body.to; at += EVENT) {
    const kind = numbers[at] as number;
    const value = numbers[at + 1] as number;
    const from = numbers[at + 3] as number;
    if (kind === event.loop) open(at, takesNothing(bytes[from + 1] as number) ? 0 : Number.POSITIVE_INFINITY);
    else if (kind === event.block || kind === event.if) open(-1);
    else if (kind === event.end) close(numbers[at + 4] as number);
    else if (kind === event.branch) branch(value, 1);
    else if (kind === event.branchIf) branch(value, bytes[from] === BRANCH_IF ? 1 : Number.POSITIVE_INFINITY);
    else if (kind === event.branchTable || kind === event.catchLabel) branch(value, Number.POSITIVE_INFINITY);
    else if (takesFuel(kind)) (labels.at(-1) as Label).quiet = false;
  }
  return { behind, quiet };
}

/** Whether this may take fuel by itself, or be a call of something that does. */
function takesFuel(kind: number): boolean {
  return kind === event.call || kind === event.indirect || kind >= event.grow;
}

/** Whether a block type, of which this is the first byte, has no parameters: it is empty, or a single result. */
function takesNothing(first: number): boolean {
  return (first & 0xc0) === 0x40;
}
