/**
 * Declarations of what a TypeScript guest finds without importing it, and of `hermes:guest`. A text, not a
 * `.d.ts` of this project: our own code runs in Node and must not see them.
 */
export const GUEST_GLOBALS =
  `/** Lines in the log of the engine, each with its level. Only inside handlers. */
interface Console {
  trace(...values: unknown[]): void;
  debug(...values: unknown[]): void;
  /** The same as \`info\`. */
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
  assert(holds: unknown, ...values: unknown[]): void;
}
declare const console: Console;

/** Text to UTF-8. */
declare class TextEncoder {
  readonly encoding: string;
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(source: string, target: Uint8Array): { read: number; written: number };
}

/** UTF-8 to text; what is not UTF-8 becomes U+FFFD unless \`fatal\`. */
declare class TextDecoder {
  constructor(label?: 'utf-8' | 'utf8', options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}

/** Random values from the host. Only inside handlers. */
declare const crypto: {
  getRandomValues<T extends ArrayBufferView>(array: T): T;
  randomUUID(): string;
};

declare const performance: { now(): number };
declare function queueMicrotask(job: () => void): void;
/** Bytes, as characters up to U+00FF, to Base64. */
declare function btoa(bytes: string): string;
/** Base64 to bytes, as characters up to U+00FF. */
declare function atob(text: string): string;

declare module 'hermes:guest' {
  import type { HttpGatewayResponse } from 'hermes:http-gateway/api';
  export interface AnswerOptions {
    /** HTTP status; 200 unless given. */
    code?: number;
    /** By name; several values for one name as a list. */
    headers?: Record<string, string | readonly string[]>;
  }
  /** Answers a value as JSON. */
  export function json(value: unknown, options?: AnswerOptions): HttpGatewayResponse;
  /** Answers text; \`content-type\` is \`text/plain; charset=utf-8\` unless the headers name another. */
  export function text(body: string, options?: AnswerOptions): HttpGatewayResponse;
  /**
   * Named tests as the handler \`test\`, or named benchmarks as the handler \`bench\`. A test fails when it throws or
   * answers \`false\`: \`export const test = suite({ 'adds numbers': () => check(1 + 1 === 2) });\`
   */
  export function suite(
    tests: Readonly<Record<string, () => boolean | void>>,
  ): (test: number, run: boolean) => { name: string; status: boolean } | null;
  /** Throws unless the condition holds. */
  export function check(condition: unknown, message?: string): asserts condition;
}
` as string;
