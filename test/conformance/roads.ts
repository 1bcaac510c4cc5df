/**
 * The two roads to a pristine instance: putting back a used one, and making one anew.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import {
  type Component,
  createIdle,
  createLinker,
  type HostInterface,
  type Idle,
  type Instance,
  type InstancePre,
} from '../../src/component/index.ts';
import { snapshotOf } from '../../src/component/runtime/lease.ts';
import { resultText } from './core-values.ts';

export interface Road {
  readonly pre: InstancePre;
  /** Where its instances wait. */
  readonly idle: Idle;
}

export type Interfaces = Readonly<Record<string, HostInterface>>;

/** The same component, linked for both; each has a host of its own. */
export function bothRoads(
  component: Component,
  hosts: readonly [Interfaces, Interfaces],
): readonly [Road, Road] {
  const [used, fresh] = hosts.map((interfaces, index): Road => {
    const idle = createIdle();
    const linker = createLinker({ idle, reuse: index === 0 });
    for (const [name, functions] of Object.entries(interfaces)) linker.define(name, functions);
    return { pre: linker.link(component), idle };
  });
  return [used as Road, fresh as Road];
}

/** What a call answers, or how it traps, as text. */
export async function outcomeOf(instance: Instance, name: string, args: readonly unknown[]): Promise<string> {
  try {
    return textOf(await instance.call(name, args));
  } catch (error) {
    const { code, detail } = error as { code: string; detail: Readonly<Record<string, unknown>> };
    return `${code} ${JSON.stringify(detail)}`;
  }
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return `bytes ${value.length} ${hash(value)}`;
  if (typeof value !== 'object' || value === null) return resultText(value);
  return JSON.stringify(value, (_, each) => {
    if (each instanceof Uint8Array) return textOf(each);
    return typeof each === 'bigint' ? `${each}n` : each;
  });
}

/** All that the guest can change: memories as far as it knows them, globals, tables. */
export function digestOf(instance: Instance): string {
  const { memories, globals, tables } = snapshotOf(instance) ?? { memories: [], globals: [], tables: [] };
  return [
    ...memories.map((bytes) => `${bytes.length} ${hash(bytes)}`),
    ...globals.map(entryText),
    ...tables.map((entries) => entries.map(entryText).join()),
  ].join(' | ');
}

/** A function of a module is named by its index in there. */
function entryText(value: unknown): string {
  return typeof value === 'function' ? `function ${value.name}` : resultText(value);
}

function hash(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('base64');
}
