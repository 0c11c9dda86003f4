import { describe, expect, it } from 'vitest';
import { writeCArray } from '../../../src/formats/tflite/c-array';
import { fileBytes, recordedArenas } from './files';

const bytes = fileBytes('net-int8');
const textOf = (name: string): readonly (readonly [file: string, text: string])[] =>
  writeCArray(bytes, name).map((file) => [file.name, new TextDecoder().decode(file.bytes)]);

describe('a C array', () => {
  it('holds the file, aligned, and its length', () => {
    const [[, source]] = textOf('net') as [readonly [string, string], readonly [string, string]];
    expect(source).toMatch(new RegExp(`^#include "net\\.h"\\n\\nalignas\\(16\\) const unsigned char net\\[${bytes.length}\\] = \\{\\n`));
    const numbers = source.match(/0x[0-9a-f]{2}(?=,)/g)!.map(Number);
    expect(Uint8Array.from(numbers)).toEqual(bytes);
    expect(source).toContain(`const unsigned int net_len = ${bytes.length};`);
  });

  it('comes with a header that says how much memory it takes', () => {
    const [, [name, header]] = textOf('net') as [readonly [string, string], readonly [string, string]];
    expect(name).toBe('net.h');
    expect(header).toMatch(/^#ifndef NET_H_\n#define NET_H_\n/);
    expect(header).toMatch(/#endif {2}\/\/ NET_H_\n$/);
    expect(header).toContain(`extern const unsigned char net[${bytes.length}];`);
    expect(header).toContain(`of which activations are ${recordedArenas()['net-int8']!.head} bytes`);
  });

  it.each([
    ['models/my net-2.tflite', 'my_net_2'],
    ['2 wide', 'model_2_wide'],
    ['double', 'model_double'],
    ['名前', 'model'],
    ['a__b', 'a_b'],
  ])('of %s is called %s', (name, identifier) => {
    expect(textOf(name).map(([file]) => file)).toEqual([`${identifier}.cc`, `${identifier}.h`]);
  });

  it('of more than a microcontroller holds is refused', () => {
    expect(() => writeCArray(new Uint8Array(16 * 2 ** 20 + 1), 'net')).toThrow(expect.objectContaining({ name: 'ExportError', message: expect.stringContaining('Take the .tflite file') }));
  });
});
