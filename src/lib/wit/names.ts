/** `kv-get` as `kvGet`. */
export function camel(name: string): string {
  return name.toLowerCase().replace(/-+(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** `kv-values` as `KvValues`. */
export function pascal(name: string): string {
  const text = camel(name);
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

const RESERVED: ReadonlySet<string> = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends ' +
    'false finally for function if implements import in instanceof interface let new null package private protected ' +
    'public return static super switch this throw true try typeof var void while with yield'
  ).split(' '),
);

/** A name that may be bound in a JavaScript module: `function` as `function_`. */
export function binding(name: string): string {
  return RESERVED.has(name) ? `${name}_` : name;
}
