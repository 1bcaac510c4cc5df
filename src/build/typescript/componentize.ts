import { startTool, type ToolProcess } from '../tool-process.ts';

export interface ComponentizeTask {
  /** File of the WIT. */
  readonly witPath: string;
  readonly world: string;
  /** What a template is made of, if it has to be. */
  readonly templateSource: string;
  /** The template that was made of the same WIT and source. */
  readonly template: Uint8Array | undefined;
  /** The script that is evaluated in it. */
  readonly code: string;
}

/** What the process answers. */
export type ComponentizeAnswer =
  /** `template` if it had to be made. */
  | { readonly component: Uint8Array; readonly template: Uint8Array | undefined }
  /** What the code threw, and its stack. */
  | { readonly thrown: string }
  /** The host function that the code called. */
  | { readonly called: string }
  /** What the tool complains of. */
  | { readonly complaint: string };

/** Makes components of JavaScript, in a process of its own. */
export type Componentizer = ToolProcess<ComponentizeTask, ComponentizeAnswer>;

/** Starts the process. It takes a moment to be ready, so call this before there is something to do. */
export function createComponentizer(): Componentizer {
  return startTool(new URL('./componentize-child.ts', import.meta.url), 'componentize-qjs');
}
