/**
 * Runs a script of the specification's tests on our runtime and says for each command whether we agree.
 *
 * @module
 */
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { type Component, compile, createLinker, type Instance } from '../../src/component/index.ts';
import { isCoded } from '../../src/lib/errors.ts';
import { difference } from './same.ts';
import { type Atom, head, isList, type List, readWast } from './wast.ts';
import { constant, textOf } from './wast-values.ts';

export interface Outcome {
  readonly line: number;
  readonly command: string;
  /**
   * `unsupported`: refused as `COMPONENT_UNSUPPORTED`, which names a feature that is out of scope; `skipped`: builds
   * on a component that was, or the tool that turns text into bytes refuses it.
   */
  readonly verdict: 'agrees' | 'differs' | 'unsupported' | 'skipped';
  readonly note: string;
}

class Disagreement extends Error {}

/** Codes that mean the same as the specification's two words. A core module is checked when it is compiled. */
const invalid = ['COMPONENT_INVALID', 'COMPONENT_MALFORMED', 'COMPONENT_LIMIT', 'CORE_INVALID'];
const malformed = [...invalid, 'COMPONENT_NOT_WASM'];

/** Runs every command; an error that is not ours is a disagreement too. */
export async function runWast(text: string): Promise<Outcome[]> {
  const script = new Script(text);
  const outcomes: Outcome[] = [];
  for (const list of readWast(text)) {
    const command = [
      head(list),
      ...list.items.slice(1, 2).map((item) => (isList(item) ? head(item) : '')),
    ].join(' ');
    const outcome = { line: list.line, command: command.trim() };
    try {
      await script.run(list);
      outcomes.push({ ...outcome, verdict: 'agrees', note: '' });
    } catch (error) {
      const unsupported = isCoded(error) && error.code === 'COMPONENT_UNSUPPORTED';
      const verdict = error instanceof Skip ? 'skipped' : unsupported ? 'unsupported' : 'differs';
      outcomes.push({ ...outcome, verdict, note: describe(error) });
    }
  }
  return outcomes;
}

class Skip extends Error {}

function describe(error: unknown): string {
  if (isCoded(error)) return `${error.code}: ${JSON.stringify(error.detail)}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

interface Live {
  readonly component: Component;
  readonly instance: Instance;
}

/** The components and instances that a script has named so far. */
class Script {
  readonly #text: string;
  readonly #definitions = new Map<string, Component>();
  readonly #instances = new Map<string, Live>();
  #last: Live | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  async run(list: List): Promise<void> {
    const [, subject, ...rest] = list.items;
    switch (head(list)) {
      case 'component':
        return this.#component(list);
      case 'invoke':
        await this.#invoke(list);
        return;
      case 'assert_return': {
        const { value, type } = await this.#invoke(subject as List);
        const expected = rest[0] === undefined || !type ? undefined : constant(rest[0], type);
        const found = difference(expected, value);
        if (found) throw new Disagreement(found);
        return;
      }
      case 'assert_trap':
        return this.#traps(subject as List);
      case 'assert_invalid':
        return this.#refused(subject as List, invalid);
      case 'assert_malformed':
        return this.#refused(subject as List, malformed);
      default:
        throw new Skip(`there is no such command as ${head(list)}`);
    }
  }

  async #component(list: List): Promise<void> {
    this.#last = undefined;
    const words = list.items.slice(1, 4).map((item) => (isList(item) ? '' : item.text));
    if (words[0] === 'instance') {
      const definition = this.#definitions.get(words[2] as string);
      if (!definition) throw new Skip(`nothing is called ${words[2]}`);
      this.#keep(words[1], definition);
      return;
    }
    const component = await compile(await this.#bytes(list));
    if (words[0] === 'definition') this.#definitions.set(words[1] as string, component);
    else this.#keep(words[0], component);
  }

  #keep(name: string | undefined, component: Component): void {
    this.#last = { component, instance: createLinker().link(component).acquire() };
    if (name?.startsWith('$')) this.#instances.set(name, this.#last);
  }

  async #invoke(list: List): Promise<{ readonly value: unknown; readonly type: any }> {
    const words = list.items.slice(1);
    const named = words[0] && !isList(words[0]) && words[0].text.startsWith('$') ? words.shift() : undefined;
    const live = named ? this.#instances.get((named as Atom).text) : this.#last;
    const [name, ...args] = words;
    if (!live) throw new Skip('there is no instance to call');
    const text = textOf(name as Atom);
    const info = live.component.exports.find((found) => found.name === text);
    if (!info) throw new Skip(`the instance exports no ${text}`);
    const values = args.map((arg, i) => constant(arg, info.type.params[i]?.type as never));
    return { value: await live.instance.call(text, values), type: info.type.result };
  }

  async #traps(list: List): Promise<void> {
    try {
      if (head(list) === 'invoke') await this.#invoke(list);
      else await this.#component(list);
    } catch (error) {
      if (isCoded(error) && /^(TRAP|LIMIT|LINK_START)/.test(error.code)) return;
      throw error;
    }
    throw new Disagreement('no trap');
  }

  async #refused(list: List, codes: readonly string[]): Promise<void> {
    const quoted = list.items.some((item) => !isList(item) && item.text === 'quote');
    let bytes: Uint8Array;
    try {
      bytes = await this.#bytes(list);
    } catch (error) {
      // Text that is not even text is the text parser's business, which is not ours.
      if (quoted) throw new Skip('refused as text');
      throw error;
    }
    try {
      await compile(bytes);
    } catch (error) {
      if (isCoded(error) && codes.includes(error.code)) return;
      throw error;
    }
    throw new Disagreement('was accepted');
  }

  /** The binary of `(component …)`, whether written out, as `binary` or as `quote`. */
  async #bytes(list: List): Promise<Uint8Array> {
    const words = list.items.filter((item): item is Atom => !isList(item)).map((item) => item.text);
    const strings = list.items.filter((item): item is Atom => !isList(item) && item.bytes !== undefined);
    const joined = Buffer.concat(strings.map((item) => item.bytes as Uint8Array));
    if (words.includes('binary')) return new Uint8Array(joined);
    const source = words.includes('quote')
      ? `(component ${joined.toString()})`
      : this.#text.slice(list.start, list.end).replace(/^\(component\s+definition\b/, '(component');
    return parse(source).catch((error: unknown) => {
      throw new Skip(String((error as { payload?: unknown }).payload ?? error));
    });
  }
}
