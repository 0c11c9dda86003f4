import type { ShownNumbers } from '../../state/shown-numbers';
import { formatBytes, formatCount, formatExactBytes, formatReduction } from '../format-number';
import { useText, type Translate } from '../i18n/text';
import { ResultTile } from './ResultTile';
import { useStage } from './use-stage';

export function MemoryTile({ shown }: { shown: ShownNumbers }) {
  const t = useText();
  const stage = useStage('apply', shown.key);
  const after = shown.cost?.value ?? null;
  const before = shown.isOriginal ? null : shown.costBefore;
  return (
    <ResultTile
      label={t('memory.label')}
      isOriginal={shown.isOriginal}
      before={before && formatBytes(before.peakActivationBytes)}
      after={after && formatBytes(after.peakActivationBytes)}
      exact={after ? formatExactBytes(after.peakActivationBytes, t('size.bytes')) : undefined}
      state={shown.cost?.state ?? null}
      verdict={after && (before ? memoryVerdict(before.peakActivationBytes, after.peakActivationBytes, t) : t('result.original'))}
      details={
        after &&
        t('memory.details', {
          macs: arrow(before && formatCount(before.macs), formatCount(after.macs)),
          parameters: arrow(before && formatCount(before.parameters), formatCount(after.parameters)),
        })
      }
      progress={stage.progress}
      problem={stage.problem}
      empty={t('result.notYet')}
    />
  );
}

function memoryVerdict(before: number, after: number, t: Translate): string {
  if (before === after) return t('memory.same');
  return t(after < before ? 'memory.less' : 'memory.more', { percent: formatReduction(before, after) });
}

function arrow(before: string | null, after: string): string {
  return before === null || before === after ? after : `${before} → ${after}`;
}
