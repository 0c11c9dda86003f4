export const layers: readonly (readonly string[])[];
export function checkImports(files: ReadonlyMap<string, string>): string[];
