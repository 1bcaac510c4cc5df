/** How many levels of an object are shown. */
const DEPTH = 4;
/** How many entries of a list, map or object are shown. */
const ENTRIES = 100;

/**
 * The text of a line of `console`: strings as they are, everything else as source text would show it, with
 * `%s %d %i %f %j %o %O %c %%` in a first string filled in.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(formatLine(['%s has %d', 'list', 2, { a: [1n] }]), 'list has 2 { a: [ 1n ] }');
 * ```
 */
export function formatLine(args: readonly unknown[]): string {
  const [first, ...rest] = args;
  const parts: string[] = [];
  if (typeof first === 'string') {
    parts.push(
      first.replace(/%([sdifjoOc%])/g, (whole, kind: string) => {
        if (kind === '%') return '%';
        return rest.length === 0 ? whole : fill(kind, rest.shift());
      }),
    );
  } else if (args.length > 0) parts.push(inspect(first));
  for (const value of rest) parts.push(typeof value === 'string' ? value : inspect(value));
  return parts.join(' ');
}

/** A value as source text would show it; cycles, depth and length are cut off visibly. */
export function inspect(value: unknown, seen: readonly object[] = []): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return `[function ${value.name || 'without a name'}]`;
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
  if (seen.includes(value)) return '[circular]';
  if (value instanceof Error) return errorText(value, seen);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (seen.length >= DEPTH) return Array.isArray(value) ? '[…]' : '{…}';
  return container(value, [...seen, value]);
}

function container(value: object, seen: readonly object[]): string {
  const show = (item: unknown): string => inspect(item, seen);
  if (Array.isArray(value)) return enclose('', '[', ']', value, show);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const items = Array.from(value as unknown as ArrayLike<unknown>);
    return enclose(`${value.constructor.name}(${items.length}) `, '[', ']', items, show);
  }
  if (value instanceof Set) return enclose(`Set(${value.size}) `, '{', '}', [...value], show);
  if (value instanceof Map) {
    return enclose(
      `Map(${value.size}) `,
      '{',
      '}',
      [...value],
      ([key, item]) => `${show(key)} => ${show(item)}`,
    );
  }
  const name = value.constructor?.name;
  const prefix = name && name !== 'Object' ? `${name} ` : '';
  return enclose(prefix, '{', '}', Object.entries(value), ([key, item]) => {
    return `${/^[\w$]+$/.test(key) ? key : JSON.stringify(key)}: ${show(item)}`;
  });
}

function enclose<T>(
  prefix: string,
  open: string,
  close: string,
  items: readonly T[],
  show: (item: T) => string,
): string {
  if (items.length === 0) return `${prefix}${open}${close}`;
  const shown = items.slice(0, ENTRIES).map(show);
  if (items.length > ENTRIES) shown.push(`… ${items.length - ENTRIES} more`);
  return `${prefix}${open} ${shown.join(', ')} ${close}`;
}

function errorText(error: Error, seen: readonly object[]): string {
  const cause = error.cause === undefined ? '' : `\n  caused by ${inspect(error.cause, [...seen, error])}`;
  const stack = error.stack?.trimEnd();
  // QuickJS writes the frames only; V8 begins with the name and the message.
  const head = stack?.startsWith(error.name) ? '' : `${error.name}: ${error.message}`;
  return [head, stack].filter((part) => part).join('\n') + cause;
}

function fill(kind: string, value: unknown): string {
  switch (kind) {
    case 'd':
      return typeof value === 'bigint' ? `${value}n` : String(Number(value));
    case 'i':
      return String(Number.parseInt(String(value), 10));
    case 'f':
      return String(Number.parseFloat(String(value)));
    case 'j':
      return JSON.stringify(value) ?? 'undefined';
    case 'c':
      return '';
    case 's':
      return typeof value === 'object' ? inspect(value) : String(value);
    default:
      return inspect(value);
  }
}
