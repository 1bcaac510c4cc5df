import type { Io } from './io.ts';

/** One option of a command. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** May stand more than once. */
  readonly multiple?: boolean;
  /** What stands for the value in the help: `port`. */
  readonly value?: string;
  readonly help: string;
}

/** What was given to a command; checked against its options. */
export interface Given {
  /** What is no option, in order. */
  readonly words: readonly string[];
  /** Values of an option: none when it was not given, one, or more when it may stand more than once. */
  text(option: string): readonly string[];
  flag(option: string): boolean;
}

/** One word behind `hermes`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Behind `hermes <name>`: `<folder>… [options]`. */
  readonly usage: string;
  /** What is worth knowing, as paragraphs of lines. */
  readonly about: string;
  readonly options: Readonly<Record<string, Option>>;
  readonly examples: readonly string[];
  /** Answers the exit code. */
  run(given: Given, io: Io): Promise<number>;
}

/** Options that every command takes. */
export const COMMON: Readonly<Record<string, Option>> = {
  help: { type: 'boolean', short: 'h', help: 'Says how the command is used' },
  verbose: { type: 'boolean', help: 'Shows stacks of errors and more of the log' },
};
