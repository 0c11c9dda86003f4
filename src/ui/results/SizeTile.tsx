import type { ShownNumbers } from '../../state/shown-numbers';
import { formatBytes, formatExactBytes, formatReduction } from '../format-number';
import { useText, type Translate } from '../i18n/text';
import { ResultTile } from './ResultTile';
import { useStage } from './use-stage';

/** Less than this is no change that anybody would act on. */
const SAME_SHARE = 0.005;

export function SizeTile({ shown }: { shown: ShownNumbers }) {
  const t = useText();
  const stage = useStage('size', shown.key);
  const { size, sizeBefore, isOriginal } = shown;
  const before = isOriginal ? null : sizeBefore;
  const after = size?.value ?? null;
  const small = after && t('size.gzip', { before: before ? `${formatBytes(before.gzip)} → ` : '', after: formatBytes(after.gzip) });
  const smallest = after?.brotli ? t('size.brotli', { size: formatBytes(after.brotli) }) : null;
  return (
    <ResultTile
      label={t('size.label')}
      before={before && formatBytes(before.raw)}
      after={after && formatBytes(after.raw)}
      exact={after ? formatExactBytes(after.raw, t('size.bytes')) : undefined}
      state={size?.state ?? null}
      verdict={after && (before ? sizeVerdict(before, after, t) : t('result.original'))}
      details={[small, smallest].filter(Boolean).join(' · ')}
      progress={stage.progress}
      problem={stage.problem}
      empty={t('result.notYet')}
    />
  );
}

interface Sizes {
  readonly raw: number;
  readonly gzip: number;
}

/** Pruning and clustering show only in the compressed download: said, so that nobody doubts the numbers. */
function sizeVerdict(before: Sizes, after: Sizes, t: Translate): string {
  if (!isSame(before.raw, after.raw)) {
    const key = after.raw < before.raw ? 'size.smaller' : 'size.larger';
    return t(key, { percent: formatReduction(before.raw, after.raw) });
  }
  if (isSame(before.gzip, after.gzip)) return t('size.same');
  const key = after.gzip < before.gzip ? 'size.smallerDownload' : 'size.largerDownload';
  return t(key, { percent: formatReduction(before.gzip, after.gzip) });
}

function isSame(before: number, after: number): boolean {
  return Math.abs(after - before) <= before * SAME_SHARE;
}
