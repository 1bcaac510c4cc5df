import type { EngineApplication } from './application.ts';
import { fail } from './errors.ts';

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Whether an application or a module may have this name. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/** Throws `APP_NAME` for names of the application or its modules that are out of form or given twice. */
export function checkNames({ name, modules }: EngineApplication): void {
  const wrong = [name, ...modules.map((module) => module.name)].filter((each) => !isName(each));
  const twice = modules
    .map((module) => module.name)
    .filter((each, index, all) => all.indexOf(each) !== index);
  if (wrong.length > 0 || twice.length > 0) throw fail('APP_NAME', { app: name, wrong, twice });
}
