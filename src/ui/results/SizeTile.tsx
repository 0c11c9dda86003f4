import type { ShownNumbers } from '../../state/shown-numbers';
import { formatBytes, formatExactBytes, formatReduction } from '../format-number';
import { useText, type Translate } from '../i18n/text';
import { ResultTile } from './ResultTile';
import { useStage } from './use-stage';

/** Less than this is no change that anybody would act on. */
const SAME_SHARE = 0.005;

/** The compressed download leads: it is what every pass shrinks, and what the charts show. The file stands below. */
export function SizeTile({ shown }: { shown: ShownNumbers }) {
  const t = useText();
  const stage = useStage('size', shown.key);
  const { size, sizeBefore, isOriginal } = shown;
  const before = isOriginal ? null : sizeBefore;
  const after = size?.value ?? null;
  const brotli = after?.brotli ? t('size.brotli', { size: formatBytes(after.brotli) }) : null;
  return (
    <ResultTile
      label={t('size.label')}
      isOriginal={shown.isOriginal}
      before={before && formatBytes(before.gzip)}
      after={after && formatBytes(after.gzip)}
      exact={after ? formatExactBytes(after.gzip, t('size.bytes')) : undefined}
      state={size?.state ?? null}
      verdict={after && (before ? sizeVerdict(before.gzip, after.gzip, t) : t('result.original'))}
      details={after && [fileWords(before?.raw ?? null, after.raw, size?.state === 'estimated', t), brotli].filter(Boolean).join(' · ')}
      progress={stage.progress}
      problem={stage.problem}
      empty={t('result.notYet')}
    />
  );
}

function sizeVerdict(before: number, after: number, t: Translate): string {
  if (isSame(before, after)) return t('size.same');
  return t(after < before ? 'size.smaller' : 'size.larger', { percent: formatReduction(before, after) });
}

/** Pruning and clustering leave the file as large as it was: said, so that nobody doubts the numbers. */
function fileWords(before: number | null, after: number, isGuess: boolean, t: Translate): string {
  if (isGuess) return t('size.file', { size: `≈ ${formatBytes(after)}` });
  if (before === null) return t('size.file', { size: formatBytes(after) });
  return isSame(before, after) ? t('size.sameFile', { size: formatBytes(after) }) : t('size.file', { size: `${formatBytes(before)} → ${formatBytes(after)}` });
}

function isSame(before: number, after: number): boolean {
  return Math.abs(after - before) <= before * SAME_SHARE;
}
