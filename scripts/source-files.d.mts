export function readSourceFiles(folder: string): Map<string, string>;
