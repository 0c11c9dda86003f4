/** What an export was found to be, in lines for a terminal. */
import type { DeviceReport, ExportVerification, TrainingSummary } from '../engine/types';
import type { Diagnostic } from '../lib/diagnostics';
import type { ComparisonReport, FidelityReport } from '../measure/types';
import { bytesText, percentText } from './text';

export function comparisonText({ original, candidate, change }: ComparisonReport): string {
  return `accuracy ${percentText(original.accuracy.value)} → ${percentText(candidate.accuracy.value)}, change [${percentText(change.low)}, ${percentText(change.high)}], n = ${candidate.count}`;
}

export function fidelityText({ sqnrDb, agreement, count }: FidelityReport): string {
  return `fidelity (not accuracy): SQNR ${sqnrDb.toFixed(1)} dB${agreement === null ? '' : `, same top-1 ${percentText(agreement)}`}, n = ${count}`;
}

export function trainingText({ name, count, leftOut, isCompared }: TrainingSummary): string {
  const notes = leftOut > 0 ? `; ${leftOut} that are measured on too were left out` : isCompared ? '' : '; not compared with the measured ones';
  return `learned from ${count} examples of ${name}${notes}`;
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
    return `${label}: ${supported ? 'takes every operator' : listed(why, '; ')}`;
  });
  return [`tensor arena about ${bytesText(arena.totalBytes)}, of which activations ${bytesText(arena.activationBytes)}`, ...lines];
}

/** One line for what is said of many: the first of them are named. */
export function diagnosticLines(diagnostics: readonly Diagnostic[]): string[] {
  const groups = new Map<string, { readonly first: Diagnostic; readonly subjects: string[] }>();
  for (const found of diagnostics) {
    const key = `${found.level}:${found.message}`;
    const group = groups.get(key) ?? { first: found, subjects: [] };
    if (found.subject) group.subjects.push(found.subject);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ first, subjects }) => `${first.level}: ${subjects.length > 0 ? `${listed(subjects, ', ')}: ` : ''}${first.message}`);
}

/** The first entries; the rest is counted. */
function listed(entries: readonly string[], separator: string): string {
  const rest = entries.length - LARGEST_LIST;
  return `${entries.slice(0, LARGEST_LIST).join(separator)}${rest > 0 ? `${separator}and ${rest} more` : ''}`;
}

const LARGEST_LIST = 4;

export function secondsText(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
