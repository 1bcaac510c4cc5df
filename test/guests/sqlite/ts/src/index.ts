// Does with databases what the request says: a list of steps, each a list of words. Answers what each step gave.
import { json } from 'hermes:guest';
import type { Reply } from 'hermes:http-gateway/event';
import { open, type Sqlite, Statement, type Value } from 'hermes:sqlite/api';

type Word = string | number | boolean | null | readonly Step[] | JsonValue;
type Step = readonly [what: string, ...words: Word[]];
/** Bytes are lists of numbers. */
type JsonValue = { readonly tag: string; readonly val?: unknown };

const databases = new Map<string, Sqlite>();
const statements = new Map<string, Statement>();

function database(name: unknown): Sqlite {
  const found = databases.get(String(name));
  if (!found) throw new Error(`There is no database ${name}`);
  return found;
}

function statement(name: unknown): Statement {
  const found = statements.get(String(name));
  if (!found) throw new Error(`There is no statement ${name}`);
  return found;
}

function fromJson({ tag, val }: JsonValue): Value {
  if (tag === 'blob') return { tag, val: new Uint8Array(val as number[]) };
  return (tag === 'int64' ? { tag, val: BigInt(val as number) } : { tag, val }) as Value;
}

function toJson(value: Value): JsonValue {
  if (value.tag === 'blob') return { tag: 'blob', val: [...value.val] };
  return value.tag === 'int64' ? { tag: 'int64', val: Number(value.val) } : value;
}

/** Reads all rows of one statement; the first column of each. */
function query(name: unknown, sql: string): readonly JsonValue[] {
  const prepared = database(name).prepare(sql);
  const found: JsonValue[] = [];
  while (prepared.step() === 'row') found.push(toJson(prepared.column(0)));
  Statement.finalize(prepared);
  return found;
}

/** What events say to each other. */
function said(): Sqlite {
  const known = databases.get('said');
  if (known) return known;
  const memory = open(false, true);
  memory.execute('CREATE TABLE IF NOT EXISTS said(what TEXT)');
  databases.set('said', memory);
  return memory;
}

/** The series takes the database a moment, so that asking for a long time takes little of the guest's fuel. */
const HEARD = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10000)
  SELECT (SELECT max(i) FROM n) > 0 AND EXISTS (SELECT 1 FROM said WHERE what = ?)`;

function heard(what: string): boolean {
  const prepared = said().prepare(HEARD);
  prepared.bind(1, { tag: 'text', val: what });
  prepared.step();
  const found = prepared.column(0);
  Statement.finalize(prepared);
  return found.tag === 'int32' && found.val === 1;
}

function perform([what, first, second, third]: Step): unknown {
  switch (what) {
    case 'open':
      databases.set(String(first), open(second === true, third === true));
      return null;
    case 'close':
      return database(first).close();
    case 'errcode':
      return database(first).errcode();
    case 'execute':
      return database(first).execute(String(second));
    case 'query':
      return query(first, String(second));
    case 'prepare':
      statements.set(String(first), database(second).prepare(String(third)));
      return null;
    case 'bind':
      return statement(first).bind(Number(second), fromJson(third as JsonValue));
    case 'step':
      return statement(first).step();
    case 'column':
      return toJson(statement(first).column(Number(second)));
    case 'reset':
      return statement(first).reset();
    case 'finalize':
      return Statement.finalize(statement(first));
    case 'drop':
      return statement(first)[Symbol.dispose]();
    case 'drop-database':
      return database(first)[Symbol.dispose]();
    case 'say':
      return said().execute(`INSERT INTO said VALUES ('${first}')`);
    case 'await':
      // Waits for what another event says, suspended each time.
      while (!heard(String(first)));
      return null;
    case 'repeat':
      for (let n = 0; n < Number(first); n++) for (const step of second as readonly Step[]) perform(step);
      return null;
    case 'trap':
      throw new Error('As the request says');
    default:
      throw new Error(`There is no step ${what}`);
  }
}

/** What a step gave, or the error of the WIT that it ended with. */
function outcome(step: Step): unknown {
  try {
    return { ok: perform(step) ?? null };
  } catch (error) {
    const { payload } = error as { payload?: unknown };
    if (payload === undefined) throw error;
    return { err: payload };
  }
}

export const reply: Reply = (body) => {
  const steps = JSON.parse(new TextDecoder().decode(body)) as readonly Step[];
  return json(steps.map(outcome));
};
