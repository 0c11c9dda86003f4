/** What a .tflite needs and where it runs, beyond this machine: the arena of a microcontroller, and other runtimes' operators. */
import { readBytes, type SourceFile } from '../lib/source-file';
import type { DeviceReport } from './types';

export async function deviceReport(bytes: Uint8Array): Promise<DeviceReport> {
  const [{ decodeModel }, { estimateArena }, { runtimeSupport }] = await Promise.all([
    import('../formats/tflite/decode'),
    import('../formats/tflite/arena'),
    import('../measure/runtime-support'),
  ]);
  const model = decodeModel(bytes);
  return { arena: estimateArena(model), runtimes: runtimeSupport(model) };
}

/** null: the model was opened from another format. */
export async function deviceReportOf(file: SourceFile | null): Promise<DeviceReport | null> {
  return file && deviceReport(await readBytes(file));
}
