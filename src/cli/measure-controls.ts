/** --controls: the same budget of training without the method, measured beside the result, so that a gain is known for what it is. */
import type { Engine } from '../engine/create-engine';
import type { ReportProgress } from '../lib/progress';
import type { ComparisonReport } from '../measure/types';
import { controlsOf, type Control } from '../passes/controls';
import type { Recipe } from '../passes/pass';
import type { BackendId } from '../runtime/backend';
import { percentText } from './text';

export interface MeasuredControl {
  readonly kind: Control['kind'];
  readonly recipe: Recipe;
  /** From the control to the recipe's own result, on the same examples. */
  readonly comparison: ComparisonReport;
}

const names: Readonly<Record<Control['kind'], string>> = {
  'plain-epochs': 'the original trained as long, and nothing else',
  'student-alone': 'the same student without its teacher',
};

export async function measureControls(engine: Engine, recipe: Recipe, backend: BackendId, limit: number, report: ReportProgress): Promise<MeasuredControl[]> {
  const measured: MeasuredControl[] = [];
  for (const control of controlsOf(recipe)) {
    report({ stage: `control: ${control.kind}`, fraction: null });
    await engine.apply(control.recipe, report);
    measured.push({ ...control, comparison: await engine.compareRecipes(control.recipe, recipe, backend, limit, report) });
  }
  return measured;
}

export function controlText({ kind, comparison: { original, change, verdict, pValue } }: MeasuredControl): string {
  const words = {
    better: 'the method adds to what training alone does',
    worse: 'training alone does better',
    'no-measurable-change': 'no measurable difference',
  } as const;
  return `control, ${names[kind]}: ${percentText(original.accuracy.value)}; the result against it ${percentText(change.value)} [${percentText(change.low)}, ${percentText(change.high)}], p = ${pValue.toPrecision(2)}: ${words[verdict]}`;
}
