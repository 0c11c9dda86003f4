export const chromiumFlags: { readonly webgpu: string[]; readonly plain: string[] };
export function installedChromium(): string | undefined;
export function obtainChromium(): Promise<string>;
