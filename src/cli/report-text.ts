/** What an export was found to be, in lines for a terminal. */
import type { DeviceReport, ExportVerification } from '../engine/types';
import type { ComparisonReport, FidelityReport } from '../measure/types';
import { bytesText, percentText } from './text';

export function comparisonText({ original, candidate, change }: ComparisonReport): string {
  return `accuracy ${percentText(original.accuracy.value)} → ${percentText(candidate.accuracy.value)}, change [${percentText(change.low)}, ${percentText(change.high)}], n = ${candidate.count}`;
}

export function fidelityText({ sqnrDb, agreement, count }: FidelityReport): string {
  return `fidelity (not accuracy): SQNR ${sqnrDb.toFixed(1)} dB${agreement === null ? '' : `, same top-1 ${percentText(agreement)}`}, n = ${count}`;
}

export function verificationLines({ largestDifference, litert, litertReason }: ExportVerification): string[] {
  const first = `verified: re-opened and run, largest difference ${largestDifference.toExponential(1)}`;
  if (litertReason) return [first, `LiteRT could not run it here: ${litertReason}`];
  if (!litert) return [first];
  const same = litert.agreement === null ? '' : `same top-1 ${percentText(litert.agreement)}, `;
  const what = litert.twin ? `the same model ${litert.twinReason}` : 'these bytes';
  return [first, `LiteRT ran ${what}: ${same}largest difference ${litert.largestDifference.toExponential(1)}, n = ${litert.samples}`];
}

/** What a microcontroller must reserve, and which operators other runtimes lack. */
export function deviceLines({ arena, runtimes }: DeviceReport): string[] {
  const lines = runtimes.map(({ label, supported, unsupported }) => {
    const why = unsupported.map(({ op, count, why: reason }) => `${op}${count > 1 ? ` × ${count}` : ''}: ${reason}`);
    return `${label}: ${supported ? 'takes every operator' : why.join('; ')}`;
  });
  return [`tensor arena about ${bytesText(arena.totalBytes)}, of which activations ${bytesText(arena.activationBytes)}`, ...lines];
}

export function secondsText(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
