/** What scripts/adaptive-module.mjs makes of this folder when Whittle is built. */
declare module 'virtual:adaptive-module' {
  /** index.js: this folder's index.ts with all that it needs, minified. */
  export const code: string;
  /** index.d.ts. */
  export const types: string;
  /** The files of folder/, by name. */
  export const texts: Readonly<Record<string, string>>;
}
