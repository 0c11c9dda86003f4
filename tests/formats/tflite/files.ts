/** The files of tests/fixtures/tflite (see the README there). */
import { readFileSync, readdirSync } from 'node:fs';

const folder = new URL('../../fixtures/tflite/', import.meta.url);

export function fileBytes(name: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(new URL(`${name}.tflite`, folder)));
}

export const fileNames: readonly string[] = readdirSync(folder).flatMap((name) => (name.endsWith('.tflite') ? [name.slice(0, -'.tflite'.length)] : []));

/** Files of single operators, which the reader's tests run too. */
const operatorFolder = new URL('../../fixtures/tflite-ops/', import.meta.url);

export function operatorFiles(): readonly (readonly [name: string, bytes: Uint8Array<ArrayBuffer>])[] {
  return readdirSync(operatorFolder)
    .filter((name) => name.endsWith('.tflite'))
    .map((name) => [name, Uint8Array.from(readFileSync(new URL(name, operatorFolder)))]);
}

export function recordedArenas(): Readonly<Record<string, { readonly total: number; readonly head: number; readonly tail: number }>> {
  return JSON.parse(readFileSync(new URL('arena.json', folder), 'utf8')) as ReturnType<typeof recordedArenas>;
}
