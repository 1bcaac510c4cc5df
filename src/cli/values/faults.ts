/** One step towards a part of a value: a field, an element, the content of a case. */
export type Path = string;

/** Collects what is wrong with JSON values, each with its place and what was expected there. */
export interface ValueFaults {
  /** Adds a fault and answers `undefined`, so that reading goes on. */
  add(path: Path, expected: string, found: unknown): undefined;
  readonly sentences: readonly string[];
}

const SHOWN = 60;

/** An empty list of faults. */
export function createValueFaults(): ValueFaults {
  const sentences: string[] = [];
  return {
    sentences,
    add: (path, expected, found) => {
      sentences.push(`${path} must be ${expected}; found ${shown(found)}`);
      return undefined;
    },
  };
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
