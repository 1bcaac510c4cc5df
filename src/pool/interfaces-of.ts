import type { ImportInfo } from '../component/api.ts';

/** The interfaces that a component imports, without their version: an application is known by what it uses. */
export function interfacesOf(imports: readonly Pick<ImportInfo, 'name'>[]): ReadonlySet<string> {
  return new Set(imports.map(({ name }) => name.replace(/@.*$/, '')));
}
