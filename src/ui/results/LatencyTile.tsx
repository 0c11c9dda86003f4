import type { LatencyReport } from '../../measure/types';
import type { ShownNumbers } from '../../state/shown-numbers';
import { backendNames } from '../device/backend-names';
import { formatExactMs, formatFactor, formatMs, significant } from '../format-number';
import { useText, type Translate } from '../i18n/text';
import { ResultTile } from './ResultTile';
import { useStage } from './use-stage';

/** The first ticked backend in large; the others in a line each. */
export function LatencyTile({ shown }: { shown: ShownNumbers }) {
  const t = useText();
  const [main, ...others] = shown.latency;
  const stage = useStage(`latency:${main?.backend ?? 'cpu'}`, shown.key);
  const report = main?.shown?.value ?? null;
  return (
    <ResultTile
      label={main ? t('latency.label', { backend: backendNames[main.backend] }) : t('latency.name')}
      isOriginal={shown.isOriginal}
      before={report && !shown.isOriginal ? formatMs(report.original.p50Ms) : null}
      after={report && formatMs(report.candidate.p50Ms)}
      exact={report ? exactWords(report, t) : undefined}
      state={main?.shown?.state ?? null}
      verdict={report && (shown.isOriginal ? t('result.original') : speedVerdict(report, t))}
      isLoss={report?.verdict === 'slower' && !shown.isOriginal}
      details={
        <>
          {report && mainDetails(report, shown.isOriginal, t)}
          {others.map(({ backend, shown: other }) => (
            <span key={backend} style={{ display: 'block' }}>
              {other && otherDetails(other.value, shown.isOriginal, t)}
            </span>
          ))}
        </>
      }
      progress={stage.progress}
      problem={stage.problem}
      empty={main ? t('result.notYet') : t('latency.noBackend')}
    />
  );
}

export function speedVerdict({ speedup, verdict }: LatencyReport, t: Translate): string {
  if (verdict === 'same-speed') return t('latency.same');
  return verdict === 'faster'
    ? t('latency.faster', { factor: formatFactor(speedup.value) })
    : t('latency.slower', { factor: formatFactor(1 / speedup.value) });
}

function mainDetails(report: LatencyReport, isOriginal: boolean, t: Translate): string {
  const p90 = t('latency.details', { p90: formatMs(report.candidate.p90Ms), first: formatMs(report.candidate.firstMs) });
  if (isOriginal) return p90;
  const { low, high } = report.speedup;
  return `${t('latency.interval', { interval: t('interval', { low: significant(low), high: significant(high) }) })} · ${p90}`;
}

function otherDetails(report: LatencyReport, isOriginal: boolean, t: Translate): string {
  const name = backendNames[report.backend];
  const after = formatMs(report.candidate.p50Ms);
  return isOriginal ? `${name} ${after}` : `${name} ${formatMs(report.original.p50Ms)} → ${after}, ${speedVerdict(report, t).toLowerCase()}`;
}

function exactWords({ candidate, adapter, clockStepMs, runsPerSample }: LatencyReport, t: Translate): string {
  const values = { count: candidate.samplesMs.length, adapter, clock: formatExactMs(clockStepMs), runs: runsPerSample };
  return t('latency.exact', values);
}
