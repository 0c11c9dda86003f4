/** The .tflite inside an export: the file itself, or what the C array holds. */
import type { WriteResult } from '../formats/format';
import type { OptionValue } from '../options/options';
import { WhittleError } from '../lib/errors';

export interface TfliteExport extends WriteResult {
  readonly options: Readonly<Record<string, OptionValue>>;
}

/** Throws an ExportError when the C array holds no bytes. */
export function tfliteBytesOf({ files, options }: TfliteExport): Uint8Array<ArrayBuffer> {
  if (options.container === 'tflite') return files[0]!.bytes;
  const source = files.find((file) => file.name.endsWith('.cc'));
  const numbers = Uint8Array.from(new TextDecoder().decode(source?.bytes).match(/\b0x[0-9a-f]{2}\b/gi) ?? [], Number);
  if (numbers.length > 0) return numbers;
  throw new WhittleError('ExportError', 'The C array holds no bytes; the export is not offered.');
}
