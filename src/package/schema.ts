/**
 * JSON Schema, draft 7: compiled in one place, with bounds for schemas of strangers. Nothing is fetched.
 *
 * @module
 */
import { runInNewContext } from 'node:vm';
import { Ajv, type ErrorObject } from 'ajv';
import { isCoded } from '../lib/errors.ts';
import { suggest } from '../lib/nearest.ts';
import { compilePattern, MAX_PATTERNS } from '../lib/pattern.ts';
import { createFormats } from './formats.ts';

/** One way in which a value does not fit. */
export interface SchemaFault {
  /** JSON pointer of the value; empty for the whole. */
  readonly path: string;
  /** The end of a sentence that begins with the path: `must be string`. */
  readonly message: string;
}

/** Every fault of a value; none when it fits. */
export type Check = (value: unknown) => readonly SchemaFault[];

export type CompiledSchema =
  | { readonly ok: true; readonly check: Check }
  | { readonly ok: false; readonly faults: readonly SchemaFault[] };

export interface CompileOptions {
  /** A schema of ours: a test has checked it, and nothing in it can take long. */
  readonly known?: boolean;
}

/** Faults beyond these are counted, not described. */
const MAX_FAULTS = 50;
/** For compiling and for each check: schemas exist that take longer than anybody waits. */
const TIMEOUT_MS = 2000;

/**
 * Compiles a schema as draft 7, whatever its `$schema` says. Formats of draft 7 are asserted; patterns are
 * matched in linear time, at most 1,000 of 1 KiB; a `$ref` to anything outside is a fault.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const schema = compileSchema({ type: 'object', properties: { port: { type: 'integer' } } });
 * assert.ok(schema.ok);
 * assert.deepEqual(schema.check({ port: 80 }), []);
 * assert.deepEqual(schema.check({ port: 'x' }), [{ path: '/port', message: 'must be integer' }]);
 * ```
 */
export function compileSchema(schema: unknown, { known = false }: CompileOptions = {}): CompiledSchema {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    return { ok: false, faults: [{ path: '', message: 'must be an object' }] };
  }
  // Draft 7 always: another `$schema` would make ajv look for a meta-schema that it does not have.
  const { $schema: _, ...own } = schema as Record<string, unknown>;
  try {
    return known ? compile(own, known) : within(() => compile(own, known));
  } catch (error) {
    return {
      ok: false,
      faults: [{ path: '', message: `is no schema that can be used: ${reasonOf(error)}` }],
    };
  }
}

function compile(schema: Record<string, unknown>, known: boolean): CompiledSchema {
  const refused: SchemaFault[] = [];
  const ajv = createAjv(refused, known);
  if (!known && ajv.validateSchema(schema) !== true) return { ok: false, faults: faultsOf(ajv.errors) };
  if (schema['$async'] !== undefined) {
    return { ok: false, faults: [{ path: '/$async', message: 'is not part of JSON Schema' }] };
  }
  const validate = ajv.compile(schema);
  if (refused.length > 0) return { ok: false, faults: refused };
  const check: Check = (value) => {
    try {
      const run = (): readonly SchemaFault[] => (validate(value) === true ? [] : faultsOf(validate.errors));
      return known ? run() : within(run);
    } catch (error) {
      return [{ path: '', message: `cannot be checked: ${reasonOf(error)}` }];
    }
  };
  return { ok: true, check };
}

/** `refused` collects patterns that do not compile, so that all of them are named. */
function createAjv(refused: SchemaFault[], known: boolean): Ajv {
  let patterns = 0;
  const regExp = (source: string): { test(text: string): boolean; toString(): string } => {
    patterns += 1;
    if (patterns > MAX_PATTERNS) throw new RangeError(`it holds more than ${MAX_PATTERNS} patterns`);
    // ajv takes patterns of the same text for one.
    const asText = (): string => source;
    try {
      const { test } = compilePattern(source, { dialect: 'ecmascript' });
      return { test, toString: asText };
    } catch (error) {
      if (!isCoded(error)) throw error;
      const shown = JSON.stringify(source.slice(0, 60));
      const reason = error.detail['reason'] ?? 'it is longer than 1 KiB';
      refused.push({
        path: '',
        message: `holds the pattern ${shown}, which cannot run in linear time (RE2): ${reason}`,
      });
      return { test: () => false, toString: asText };
    }
  };
  // ajv's type wants the source that a standalone module would hold; nothing here is written to a file.
  const engine = Object.assign(regExp, { code: '' });
  return new Ajv({
    allErrors: true,
    // Optimising takes longer than these schemas are ever run.
    code: { optimize: false, regExp: engine },
    formats: createFormats(),
    logger: false,
    meta: !known,
    strict: false,
    validateFormats: true,
    validateSchema: !known,
    verbose: true,
  });
}

/** Runs `work`, which the watchdog of `node:vm` ends after {@link TIMEOUT_MS}. */
function within<T>(work: () => T): T {
  return runInNewContext('work()', { work }, { timeout: TIMEOUT_MS }) as T;
}

function reasonOf(error: unknown): string {
  if (!Error.isError(error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return `it takes longer than ${TIMEOUT_MS / 1000} seconds`;
  return error.message;
}

function faultsOf(found: readonly ErrorObject[] | null | undefined): readonly SchemaFault[] {
  const errors = (found ?? []).filter(({ keyword }) => keyword !== 'if');
  const faults = errors
    .slice(0, MAX_FAULTS)
    .map((error) => ({ path: error.instancePath, message: sentence(error) }));
  const more = errors.length - faults.length;
  return more > 0 ? [...faults, { path: '', message: `has ${more} more faults` }] : faults;
}

function sentence({ keyword, params, parentSchema, message }: ErrorObject): string {
  switch (keyword) {
    case 'additionalProperties': {
      const key = String(params['additionalProperty']);
      const known = Object.keys((parentSchema?.['properties'] as object | undefined) ?? {});
      return `has the unknown key ${JSON.stringify(key.slice(0, 60))}: ${suggest(key, known)}`;
    }
    case 'required': {
      const key = String(params['missingProperty']);
      const form = formOf(parentSchema?.['properties']?.[key]);
      return `lacks the key ${JSON.stringify(key)}${form === undefined ? '' : `, ${form}`}`;
    }
    case 'enum':
      return `must be one of ${(params['allowedValues'] as unknown[]).map((value) => JSON.stringify(value)).join(', ')}`;
    case 'pattern': {
      const form = formOf(parentSchema);
      return form === undefined ? `must match the pattern ${String(params['pattern'])}` : `must be ${form}`;
    }
    case 'format':
      return `must have the format "${String(params['format'])}"`;
    default:
      return message ?? `does not fit "${keyword}"`;
  }
}

/** What editors show instead of a pattern, which explains itself to few. */
function formOf(schema: unknown): string | undefined {
  const form = (schema as Readonly<Record<string, unknown>> | undefined)?.['patternErrorMessage'];
  return typeof form === 'string' ? form : undefined;
}
