import type { ComparisonReport, FidelityReport } from '../../measure/types';
import { useSession } from '../../state/session-store';
import type { ShownNumbers } from '../../state/shown-numbers';
import { formatDecibels, formatPoints, formatPointValue, formatShare, groupDigits, significant } from '../format-number';
import { useText, type Translate } from '../i18n/text';
import { ResultTile, type ResultTileProps } from './ResultTile';
import { useStage } from './use-stage';

/** Accuracy against the original where there are labels; where there are none, fidelity, and it says so. */
export function QualityTile({ shown }: { shown: ShownNumbers }) {
  const t = useText();
  const { progress, problem } = useStage('quality', shown.key);
  const hasLabels = useSession((session) => session.dataset?.hasLabels ?? false);
  const { quality, isOriginal } = shown;
  const common = { isOriginal, state: quality?.state ?? null, progress, problem, empty: t('result.notYet') };
  if (quality?.value.kind === 'accuracy') return <ResultTile {...common} {...accuracyView(quality.value.report, isOriginal, t)} />;
  if (quality?.value.kind === 'fidelity' && !isOriginal) return <ResultTile {...common} {...fidelityView(quality.value.report, t)} />;
  const empty = isOriginal && !hasLabels ? t('accuracy.needsData') : t('result.notYet');
  return <ResultTile {...common} empty={empty} state={null} label={t('accuracy.label')} before={null} after={null} verdict={null} />;
}

type View = Pick<ResultTileProps, 'label' | 'before' | 'after' | 'exact' | 'verdict' | 'isLoss' | 'details'>;

function accuracyView({ original, candidate, change, verdict }: ComparisonReport, isOriginal: boolean, t: Translate): View {
  const interval = t('interval', { low: formatPointValue(change.low), high: formatPointValue(change.high) });
  const own = t('interval', { low: formatShare(candidate.accuracy.low), high: formatShare(candidate.accuracy.high) });
  const count = groupDigits(candidate.count);
  return {
    label: t('accuracy.label'),
    before: isOriginal ? null : formatShare(original.accuracy.value),
    after: formatShare(candidate.accuracy.value),
    exact: t('accuracy.exact', { correct: groupDigits(candidate.correct), count }),
    verdict: isOriginal ? t('result.original') : accuracyVerdict(change.value, verdict, t),
    isLoss: !isOriginal && verdict === 'worse',
    details: isOriginal
      ? t('accuracy.ownDetails', { interval: own, count })
      : t('accuracy.details', { change: formatPoints(change.value, t('unit.points')), interval, count }),
  };
}

function accuracyVerdict(change: number, verdict: ComparisonReport['verdict'], t: Translate): string {
  if (verdict === 'no-measurable-change') return t('accuracy.noChange');
  const points = Math.abs(change * 100).toFixed(2);
  return verdict === 'worse' ? t('accuracy.worse', { points }) : t('accuracy.better', { points });
}

function fidelityView({ agreement, sqnrDb, count, largestDifference }: FidelityReport, t: Translate): View {
  const sqnr = formatDecibels(sqnrDb);
  return {
    label: t('fidelity.label'),
    before: null,
    after: agreement === null ? sqnr : formatShare(agreement),
    exact: t('fidelity.exact', { difference: significant(largestDifference) }),
    verdict: agreement === null ? t('fidelity.close') : t('fidelity.sameAnswers'),
    details: t('fidelity.details', { sqnr, count: groupDigits(count) }),
  };
}
