/**
 * A database process: serves one event of one application at a time, and is killed when that event does not let it
 * finish. Messages come in on one pipe and answers leave on another, each after its length; a third is the line to the
 * engine: when it is closed, this process is killed. Nothing here runs beside anything else, so reading,
 * SQL and writing may block.
 *
 * @module
 */
import { readSync, writeSync } from 'node:fs';
import process from 'node:process';
import { hangOn } from '../../../lib/lifeline.ts';
import { Writer } from '../bytes.ts';
import type { ChildOptions } from './database.ts';
import { EventDatabases } from './event.ts';

/** Not the first three: Node makes those so that they do not block. */
const [LIFELINE, INPUT, OUTPUT] = [3, 4, 5] as const;
/** Bytes of the length before a message. */
const HEAD = 4;

/** Fills the buffer; `false` at the end of the input. */
function readAll(buffer: Uint8Array): boolean {
  for (let at = 0; at < buffer.length; ) {
    const read = readSync(INPUT, buffer, at, buffer.length - at, null);
    if (read === 0) return false;
    at += read;
  }
  return true;
}

function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(OUTPUT, bytes, at);
}

function serve(databases: EventDatabases): void {
  const head = Buffer.alloc(HEAD);
  const answer = new Writer();
  while (readAll(head)) {
    const message = new Uint8Array(head.readUInt32LE());
    if (!readAll(message)) return;
    databases.answer(message, answer);
    head.writeUInt32LE(answer.length);
    writeAll(answer.length < SMALL ? Buffer.concat([head, answer.view()]) : head);
    if (answer.length >= SMALL) writeAll(answer.view());
    databases.prepare();
  }
}

/** Copied behind their length, so that they leave in one piece. */
const SMALL = 65_536;

function main(): void {
  process.umask(0o077);
  const options = JSON.parse(process.argv[2] ?? '') as ChildOptions;
  hangOn({ descriptor: LIFELINE, maxMemory: options.maxMemory });
  const databases = new EventDatabases(options);
  serve(databases);
  databases.close();
  // Not `exit`, which would wait for the thread that waits for the line.
  process.kill(process.pid, 'SIGKILL');
}

main();
