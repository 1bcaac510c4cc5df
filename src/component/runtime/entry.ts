/**
 * Generates the functions that stand between core wasm and everybody else: exports that the host calls, imports
 * that a guest calls, and calls from one inner component to another.
 *
 * In generated code `s` is the State, `m` the Lane of the guest at hand, `g` its core function, `q` its
 * post-return, and `s.at` says what is being lifted or lowered, for the error. A suspending function is the same
 * text with `async` and `await`.
 *
 * @module
 */

import type { FuncType, ValType } from '../types.ts';
import { type Code, int } from './code.ts';
import { HOST_CALL } from './fuel.ts';
import type { Signature } from './gate.ts';
import { type Layouts, MAX_FLAT_RESULTS } from './layout.ts';
import { createLifter } from './lift.ts';
import { createLowerer, localSink } from './lower.ts';
import type { Side } from './shape.ts';
import { AT_RESULT, IN_GUEST, IN_HOST, type Where } from './traps.ts';

/** What the entries of one component have in common. */
export interface EntryTools {
  readonly code: Code;
  readonly layouts: Layouts;
  /** Name of the guards that generated code calls. */
  readonly guards: string;
  /** An expression that is true when `value` fits. */
  check(type: ValType, value: string): string;
}

/** A lifted core function, as its callers see it. */
export interface LiftedEntry {
  readonly type: FuncType;
  readonly side: Side;
  /** Component instances that a call enters. */
  readonly enters: readonly number[];
  readonly suspends: boolean;
  readonly postReturn: boolean;
}

/**
 * The inner half of a call into a guest: `(s, m, g, q, v0, v1, …) → value`, lowered, called and lifted, with
 * whatever goes wrong thrown as it is. Answers the function's name.
 */
export function liftedCall(tools: EntryTools, entry: LiftedEntry): string {
  const { code, layouts, guards } = tools;
  const { type, side, suspends } = entry;
  const types = type.params.map((param) => param.type);
  const params = layouts.tuple(types);
  const lowerer = createLowerer(side);
  const { borrows } = params;
  const values = types.map((_, index) => `v${int(index)}`);
  const lowered: string[] = [];
  if (params.flat === undefined) {
    lowered.push(`const x0=m.allocate(${int(params.align)},${int(params.size)});`);
    types.forEach((one, index) => {
      lowered.push(
        `s.at=${int(index)};${lowerer.store(one, values[index] ?? '', `x0+${int(params.offsets[index] ?? 0)}`)}`,
      );
    });
  } else {
    let next = 0;
    types.forEach((one, index) => {
      lowered.push(`s.at=${int(index)};${lowerer.flat(one, values[index] ?? '', next, localSink)}`);
      next += layouts.of(one).flat?.length ?? 0;
    });
  }
  const core = Array.from({ length: params.flat?.length ?? 1 }, (_, index) => `x${int(index)}`);
  const entered = entry.enters.map((part) => `s.parts[${int(part)}]`);
  return code.add(
    (name) => `${suspends ? 'async ' : ''}function ${name}(${['s', 'm', 'g', 'q', ...values].join(',')}){
    ${entered.map((part) => `if(!${part}.mayEnter)throw ${guards}.reenter();`).join('')}
    ${entered.map((part) => `${part}.mayEnter=false;`).join('')}
    ${borrows ? 'const T={borrows:0},L=[];m.scope=T;m.lenders=L;' : ''}
    ${lowered.join('')}
    ${borrows ? 'm.scope=undefined;m.lenders=undefined;' : ''}
    s.at=${IN_GUEST};const u=s.suspendable;s.suspendable=${suspends};
    const c=${suspends ? 'await ' : ''}g(${core.join(',')});
    s.suspendable=u;
    if(m.u8.length===0)m.refresh();
    if(s.trapped!==undefined)throw s.fault;
    s.at=${AT_RESULT};
    ${liftResult(tools, side, type.result)}
    s.at=${IN_GUEST};
    ${borrows ? `for(const l of L)l.endLoan();if(T.borrows!==0)throw ${guards}.borrowed(T.borrows);` : ''}
    ${entry.postReturn ? `m.part.mayLeave=false;q(${type.result === undefined ? '' : 'c'});m.part.mayLeave=true;` : ''}
    ${entered.map((part) => `${part}.mayEnter=true;`).join('')}
    return r;}`,
  );
}

/** Lifts core result `c` into `r`. */
function liftResult(tools: EntryTools, side: Side, result: ValType | undefined): string {
  if (result === undefined) return 'const r=undefined;';
  const { size, align, flat = [] } = tools.layouts.of(result);
  const lifter = createLifter(side);
  if (flat.length === 1) return `const r=${lifter.flat(result, ['c'], flat)};`;
  return `${budget(tools, [result])}const p=c>>>0;m.range(p,${int(align)},${int(size)});const r=${lifter.load(result, 'p')};`;
}

/** The function behind `Instance.call`: `(s, m, g, q, args) → value | promise`. */
export function exportEntry(tools: EntryTools, entry: LiftedEntry, where: Where): string {
  const { code } = tools;
  const inner = liftedCall(tools, entry);
  const { suspends, type } = entry;
  const args = type.params.map((_, index) => `args[${int(index)}]`);
  const enters = entry.enters.map((part) => `&&s.parts[${int(part)}].mayEnter`).join('');
  return code.add(
    (name) => `${suspends ? 'async ' : ''}function ${name}(s,m,g,q,args){
    if(s.trapped!==undefined)throw s.trapped;
    ${argumentChecks(tools, type, where)}
    if(!(true${enters}))throw ${tools.guards}.busy(${code.data(where)});
    try{
      const r=${suspends ? 'await ' : ''}${inner}(${['s', 'm', 'g', 'q', ...args].join(',')});
      if(s.trapped!==undefined)throw s.fault;
      return r;
    }catch(e){s.trap(e,${code.data(where)},s.at);throw s.trapped;}}`,
  );
}

/** An export that passes a host function through: `(s, m, g, q, args)`, of which it needs two. */
export function hostExport(tools: EntryTools, host: HostCall, type: FuncType, where: Where): string {
  const { code } = tools;
  const args = type.params.map((_, index) => `args[${int(index)}]`);
  return code.add(
    (name) => `${host.suspends ? 'async ' : ''}function ${name}(s,m,g,q,args){
    if(s.trapped!==undefined)throw s.trapped;
    ${argumentChecks(tools, type, where)}
    ${callHost(tools, host, type, args)}
    return r;}`,
  );
}

function argumentChecks(tools: EntryTools, type: FuncType, where: Where): string {
  const { code, guards } = tools;
  const count = int(type.params.length);
  const checks = type.params.map((param, index) => `&&${tools.check(param.type, `args[${int(index)}]`)}`);
  return `if(args.length!==${count})throw ${guards}.count(${code.data(where)},${count},args);
    if(!(true${checks.join('')}))throw ${guards}.misfit(s,${code.data(type)},args,${code.data(where)});`;
}

/** A host function as generated code calls it. */
export interface HostCall {
  readonly suspends: boolean;
  /** The call expression, given expressions for the arguments. */
  expression(args: readonly string[]): string;
}

/** Calls the host and leaves a checked value in `r`; a WIT result as `{ tag, val }`. */
function callHost(tools: EntryTools, host: HostCall, type: FuncType, args: readonly string[]): string {
  const { code, guards } = tools;
  const call = host.expression(args);
  const value = host.suspends ? `await s.suspend(${call})` : call;
  const { result } = type;
  if (result === undefined) return `const r=${value};${guards}.noPromise(r);`;
  const bad = `throw ${guards}.badAnswer(s,${code.data(result)},r);`;
  if (result.kind !== 'result') return `const r=${value};if(!(${tools.check(result, 'r')}))${bad}`;
  const unused = result.ok === undefined ? `${guards}.noPromise(r.val);` : '';
  return `let r;try{r={tag:'ok',val:${value}};}catch(e){r={tag:'err',val:${guards}.payload(s,e)};}
    ${unused}if(!(${tools.check(result, 'r')}))${bad}`;
}

/** A function that a guest imports, before it is bound to an instance. */
export interface LoweredEntry {
  readonly type: FuncType;
  readonly side: Side;
  readonly where: Where;
  readonly suspends: boolean;
}

/** `(s, m) → core function` that lifts its parameters for a host function and lowers what that answers. */
export function hostTrampoline(tools: EntryTools, entry: LoweredEntry, host: HostCall): string {
  const values = entry.type.params.map((_, index) => `v${int(index)}`);
  const call = `s.at=${IN_HOST};${callHost(tools, host, entry.type, values)}`;
  return trampoline(tools, entry, ['s', 'm'], call);
}

/** `(s, m, n, g, q) → core function` that calls into another component: `m` is the caller's Lane, `n` the callee's. */
export function adapter(tools: EntryTools, entry: LoweredEntry, callee: LiftedEntry): string {
  const inner = liftedCall(tools, callee);
  const values = entry.type.params.map((_, index) => `v${int(index)}`);
  const args = ['s', 'n', 'g', 'q', ...values].join(',');
  const call = `s.at=${IN_GUEST};const r=${entry.suspends ? 'await ' : ''}${inner}(${args});`;
  return trampoline(tools, entry, ['s', 'm', 'n', 'g', 'q'], call);
}

function trampoline(tools: EntryTools, entry: LoweredEntry, bound: readonly string[], call: string): string {
  const { code, layouts, guards } = tools;
  const { type, side, where, suspends } = entry;
  const types = type.params.map((param) => param.type);
  const params = layouts.tuple(types);
  const result = type.result === undefined ? undefined : layouts.of(type.result);
  const spilled = result !== undefined && (result.flat?.length ?? Infinity) > MAX_FLAT_RESULTS;
  const { borrows } = params;
  const arity = (params.flat?.length ?? 1) + (spilled ? 1 : 0);
  const core = Array.from({ length: arity }, (_, index) => `a${int(index)}`);
  const body = code.add(
    (name) => `${suspends ? 'async ' : ''}function ${name}(${[...bound, ...core].join(',')}){
    try{
      if(s.alert)s.look();
      s.at=${IN_GUEST};
      if(!m.part.mayLeave)throw ${guards}.leave();
      if(m.u8.length===0)m.refresh();
      ${borrows ? 'const L=[];m.lenders=L;' : ''}
      ${liftParams(tools, side, types, core)}
      ${borrows ? 'm.lenders=undefined;' : ''}
      if((s.fuel.host-=${int(HOST_CALL)})<0)throw ${guards}.exhausted();
      ${call}
      if(s.trapped!==undefined)throw s.fault;
      s.at=${AT_RESULT};
      ${borrows ? 'for(const l of L)l.endLoan();' : ''}
      ${lowerResult(tools, side, type.result, spilled ? `a${int(arity - 1)}` : undefined)}
    }catch(e){throw s.trap(e,${code.data(where)},s.at);}}`,
  );
  const inner = core.join(',');
  return code.add(
    (name) => `function ${name}(${bound.join(',')}){
    return function(${inner}){return ${body}(${[...bound, ...core].join(',')});};}`,
  );
}

function liftParams(
  tools: EntryTools,
  side: Side,
  types: readonly ValType[],
  core: readonly string[],
): string {
  const lifter = createLifter(side);
  const params = tools.layouts.tuple(types);
  const { flat } = params;
  const allowed = budget(tools, types);
  if (flat === undefined) {
    const values = types.map((type, index) => {
      return `s.at=${int(index)};const v${int(index)}=${lifter.load(type, `p+${int(params.offsets[index] ?? 0)}`)};`;
    });
    return `${allowed}const p=a0>>>0;m.range(p,${int(params.align)},${int(params.size)});${values.join('')}`;
  }
  let next = 0;
  const values = types.map((type, index) => {
    const width = tools.layouts.of(type).flat?.length ?? 0;
    next += width;
    const value = lifter.flat(type, core.slice(next - width, next), flat.slice(next - width, next));
    return `s.at=${int(index)};const v${int(index)}=${value};`;
  });
  return allowed + values.join('');
}

/** Statements that let a lift of these types begin with the full allowance. */
function budget({ layouts }: EntryTools, types: readonly ValType[]): string {
  return layouts.tuple(types).ranges ? 'm.allow();' : '';
}

function lowerResult(
  tools: EntryTools,
  side: Side,
  result: ValType | undefined,
  pointer: string | undefined,
): string {
  if (result === undefined) return '';
  const lowerer = createLowerer(side);
  if (pointer === undefined) return `${lowerer.flat(result, 'r', 0, localSink)}return x0;`;
  const { size, align } = tools.layouts.of(result);
  return `const z=${pointer}>>>0;m.range(z,${int(align)},${int(size)});${lowerer.store(result, 'r', 'z')}`;
}

/**
 * The core type of a lowered function.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createLayouts } from './layout.ts';
 * const type = { params: [{ name: 's', type: { kind: 'string' } }], result: { kind: 'string' } } as const;
 * assert.deepEqual(loweredSignature(createLayouts(), type), { params: ['i32', 'i32', 'i32'], results: [] });
 * ```
 */
export function loweredSignature(layouts: Layouts, type: FuncType): Signature {
  const params = layouts.tuple(type.params.map((param) => param.type)).flat ?? ['i32'];
  if (type.result === undefined) return { params, results: [] };
  const { flat } = layouts.of(type.result);
  if (flat?.length === 1) return { params, results: flat };
  return { params: [...params, 'i32'], results: [] };
}
