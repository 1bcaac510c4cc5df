/**
 * Where jco-transpile 0.15.0 is known to be wrong, with the words of the specification that say so
 * (`design/mvp/CanonicalABI.md` of WebAssembly/component-model). A difference that is not listed here fails the
 * differential tests.
 *
 * @module
 */

export interface KnownDifference {
  /** What jco does. */
  readonly jco: string;
  /** The function of the specification that decides, and its words. */
  readonly specification: string;
}

/** Codes of our traps for which jco goes on with some value in place of trapping. */
export const passedByJco: Readonly<Record<string, KnownDifference>> = {
  TRAP_POINTER: {
    jco: 'makes an empty or a shorter list of one that ends outside of the memory',
    specification:
      'load_list_from_range: trap_if(ptr + length * elem_size(elem_type, …) > len(cx.opts.memory))',
  },
  TRAP_ALIGN: {
    jco: 'reads spilled parameters and results at any address',
    specification: 'lift_flat_values: trap_if(ptr != align_to(ptr, alignment(tuple_type, …)))',
  },
  TRAP_UTF8: {
    jco: 'puts U+FFFD in the place of bytes that are not UTF-8',
    specification: 'load_string_from_range: "except UnicodeError: trap()"',
  },
};

/** What jco says when it refuses a value that the specification reads. */
export const refusedByJco: readonly (KnownDifference & { readonly message: RegExp })[] = [
  {
    message: /invalid variant discriminant for bool/,
    jco: 'wants 0 or 1 for a bool',
    specification: 'convert_int_to_bool: "return bool(i)", for every i >= 0',
  },
  {
    message: /flags have extraneous bits set/,
    jco: 'wants the bits without a label to be 0',
    specification:
      'unpack_flags_from_int: "for l in labels: record[l] = bool(i & 1)"; other bits are not looked at',
  },
  {
    message: /must be between -?\d+ and \d+/,
    jco: 'wants a flat small integer to be in the range of its type',
    specification: 'lift_flat_unsigned: "return i % (1 << t_width)"; lift_flat_signed: "i %= (1 << t_width)"',
  },
];

export const byteOrderMark: KnownDifference = {
  jco: 'drops U+FEFF at the start of a string',
  specification:
    'load_string_from_range: "s = cx.opts.memory[ptr : ptr+byte_length].decode(encoding)"; nothing is taken off',
};

/** What jco makes of a value by {@link byteOrderMark}. */
export function withoutByteOrderMark<Value>(value: Value): Value {
  if (typeof value === 'string') return (value.length > 1 ? value.replace(/^\u{feff}/u, '') : value) as Value;
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(withoutByteOrderMark) as Value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, withoutByteOrderMark(v)])) as Value;
}

const dropped: KnownDifference = {
  jco: 'may still use the thing of a handle that was dropped or given away',
  specification:
    'lift_borrow and lift_own: "h = cx.inst.handles.get(i)", and Table.get: "trap_if(self.array[i] is None)"',
};

/** Steps of the resource test at which jco goes on where we trap. */
export const strayHandles: Readonly<Record<string, KnownDifference>> = {
  drop: {
    jco: 'takes it when a guest drops a handle that it does not have',
    specification:
      'canon_resource_drop: "h = inst.handles.remove(i)", and Table.get: "trap_if(self.array[i] is None)"',
  },
  ...Object.fromEntries(['id', 'lend', 'take', 'join', 'hand-out'].map((step) => [step, dropped])),
  'borrow-keep': {
    jco: 'lets a call return while it holds a borrowed handle',
    specification: 'Task.return_: "trap_if(self.num_borrows > 0)"',
  },
  'borrow-take': {
    jco: 'moves a borrowed handle as if it were owned',
    specification: 'lift_own: "trap_if(not h.own)"',
  },
};
