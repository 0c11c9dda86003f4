/** What a person takes away: the format, its options, and the last export that was written and verified. */
import { create } from 'zustand';
import type { ExportResult, ModelSummary } from '../engine/types';
import type { FormatId } from '../formats/format';
import { formatCatalog, findFormatMeta } from '../formats/catalog';
import { hashOf } from '../lib/hash';
import { defaultsOf, type OptionValue } from '../options/options';

export type FormatOptions = Readonly<Record<string, OptionValue>>;

export interface ExportState {
  readonly format: FormatId;
  readonly options: Readonly<Partial<Record<FormatId, FormatOptions>>>;
  /** The verified files of one recipe in one format. */
  readonly verified: { readonly key: string; readonly sizeKey: string; readonly result: ExportResult } | null;
}

export const useExport = create<ExportState>(() => ({ format: formatCatalog[0]!.id, options: {}, verified: null }));

export function setFormat(format: FormatId): void {
  useExport.setState({ format });
}

export function setFormatOption(format: FormatId, name: string, value: OptionValue): void {
  useExport.setState((state) => ({
    options: { ...state.options, [format]: { ...optionsOf(format, state), [name]: value } },
  }));
}

export function setVerified(verified: ExportState['verified']): void {
  useExport.setState({ verified });
}

/** All write options of a format, with the defaults of what was not changed. */
export function optionsOf(format: FormatId, state: ExportState = useExport.getState()): FormatOptions {
  const meta = findFormatMeta(format);
  return state.options[format] ?? (meta ? defaultsOf(meta.writeOptions) : {});
}

/** Under which a size is kept: the same recipe has other sizes in other formats. */
export function sizeKey(state: ExportState = useExport.getState()): string {
  const options = optionsOf(state.format, state);
  return Object.keys(options).length > 0 ? `${state.format}.${hashOf(options)}` : state.format;
}

/** Begins again for a new model: its own format when it can leave in it, else the first in which it can. */
export function resetExport(model: ModelSummary): void {
  const ids = formatCatalog.map((meta) => meta.id);
  const format = [model.format, ...ids].find((id) => model.exports[id] === true) ?? model.format;
  useExport.setState({ format, verified: null });
}
