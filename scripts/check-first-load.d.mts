interface ManifestChunk {
  file: string;
  isEntry?: boolean;
  imports?: string[];
}

export const firstLoadLimitNbytes: number;
export function checkFirstLoad(folder: string): { files: string[]; gzipNbytes: number; limitNbytes: number };
export function firstLoadFiles(manifest: Record<string, ManifestChunk>, html: string): string[];
