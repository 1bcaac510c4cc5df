/**
 * How much a component may ask of us. The binary is hostile: nesting, sharing and instantiating twice at each
 * level make a few hundred bytes mean astronomically much, so everything that can multiply is counted.
 *
 * @module
 */
import { limit } from './errors.ts';

export const limits = {
  /** Of the whole file; Python guests with their interpreter reach 40 MB. */
  bytes: 268_435_456,
  /** Components in components and types in types, together. */
  nesting: 100,
  /** Bytes of one name. */
  name: 100_000,
  /** Entries of all index spaces that the binary spells out. */
  definitions: 1_000_000,
  /** Entries of all lists in the binary: fields, cases, parameters, core functions, … */
  elements: 5_000_000,
  /** Types, those made by substitution included. */
  types: 100_000,
  /** Of one value type, with every shared part counted as often as it is used. */
  typeNodes: 100_000,
  typeDepth: 100,
  /** Core instances, after inlining. */
  steps: 10_000,
  componentInstances: 1_000,
  trampolines: 100_000,
  /** Steps of checking and inlining that a hostile component could multiply. */
  work: 5_000_000,
} as const;

/** Counts one thing up to its bound. */
export type Counter = (amount?: number) => void;

/** A counter that throws `COMPONENT_LIMIT` past its bound. */
export function counter(what: keyof typeof limits): Counter {
  let left: number = limits[what];
  return (amount = 1) => {
    left -= amount;
    if (left < 0) throw limit(what, limits[what]);
  };
}
