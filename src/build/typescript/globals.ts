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
  /** The bytes of a file; \`undefined\` if it is not there. Paths are those of the application: \`/var/notes\`. */
  export function readFile(path: string): Uint8Array<ArrayBuffer> | undefined;
  /** A file as UTF-8; \`undefined\` if it is not there. */
  export function readText(path: string): string | undefined;
  /** Makes a file, or replaces it in one step: who reads meanwhile finds the old one or the new one. Makes folders on the way. */
  export function writeFile(path: string, data: string | Uint8Array): void;
  /** Adds to the end of a file, which is made if need be, as its folders are. Up to 1 MiB is never mixed with what others add. */
  export function appendFile(path: string, data: string | Uint8Array): void;
  /** What is in a folder, sorted; names of folders end with \`/\`. \`undefined\` if it is not there. */
  export function list(path: string): string[] | undefined;
  /** Removes a file or an empty folder; answers whether it was there. */
  export function remove(path: string): boolean;
  /** What these functions throw. */
  export class FileError extends Error {
    /** As WASI has it: \`insufficient-space\`, \`read-only\`, \`not-empty\`… */
    readonly code: string;
    readonly path: string;
    private constructor();
  }
  /** Throws unless the condition holds. */
  export function check(condition: unknown, message?: string): asserts condition;
}
` as string;
