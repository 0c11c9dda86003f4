/** What an export was found to be, in lines for a terminal. */
import type { ExportVerification } from '../engine/types';
import type { ComparisonReport, FidelityReport } from '../measure/types';
import { percentText } from './text';

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

export function secondsText(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
