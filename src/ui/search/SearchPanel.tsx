/** What a person wants instead of how: goals, how long to look, and whether candidates may learn. */
import { Play, RotateCcw, Split } from 'lucide-react';
import { useEffect } from 'react';
import { goalsOf, startSearch } from '../../state/search-actions';
import { estimateSearch } from '../../state/search-estimate';
import { candidateCounts, editForm, modelName, recoveryEpochs, useSearchWishes } from '../../state/search-store';
import { openTrainingFiles, splitData } from '../../state/open-actions';
import { isOriginal } from '../../state/point-key';
import { useRuns } from '../../state/runs-store';
import { useSession } from '../../state/session-store';
import { askTrainingData } from '../../state/training-data-actions';
import { useTraining } from '../../state/training-store';
import { groupDigits } from '../format-number';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { Segmented } from '../kit/Segmented';
import { pickFiles } from '../start/pick-files';
import { durationText } from '../training/duration-text';
import { GoalRows } from './GoalRows';
import styles from './SearchPanel.module.css';

/** What people mostly set aside. */
const SHARE_TO_LEARN_FROM = 0.8;

export default function SearchPanel({ onStart }: { onStart(): void }) {
  const t = useText();
  const { form, cutOff } = useSearchWishes();
  const data = useTraining((state) => state.data);
  const model = useSession((session) => session.model);
  useEffect(() => {
    if (data === undefined) void askTrainingData();
  }, [data]);
  const resumes = cutOff !== null && cutOff.found > 0 && model !== null && cutOff.model === modelName(model);
  const start = () => {
    onStart();
    void startSearch();
  };
  return (
    <div className={styles.panel}>
      <h3>{t('search.title')}</h3>
      <p className={styles.help}>{t('search.help')}</p>
      <GoalRows form={form} />
      <div className={styles.row}>
        <span>{t('search.candidates')}</span>
        <Segmented label={t('search.candidates')} value={String(form.candidates)} choices={candidateCounts.map((count) => ({ value: String(count), label: String(count) }))} onChange={(count) => editForm({ candidates: Number(count) })} />
      </div>
      <div className={styles.row} title={t('search.recoveryHelp')}>
        <span>{t('search.recovery')}</span>
        <Segmented label={t('search.recovery')} value={String(form.epochs)} choices={recoveryEpochs.map((epochs) => ({ value: String(epochs), label: epochs === 0 ? t('search.noRecovery') : t('search.epochs', { epochs }) }))} onChange={(epochs) => editForm({ epochs: Number(epochs) })} />
      </div>
      {data === null ? <NothingSetAside /> : data && <Plan examples={data.count} name={data.name} />}
      {resumes && <p className={styles.note}>{t('search.cutOff', { found: cutOff.found, of: cutOff.of })}</p>}
      {goalsOf(form) === null && <p className={styles.note}>{t('search.noGoal')}</p>}
      <div className={styles.buttons}>
        <Button variant="solid" icon={resumes ? <RotateCcw aria-hidden /> : <Play aria-hidden />} isDisabled={!data || goalsOf(form) === null} onPress={start}>
          {t(resumes ? 'search.resume' : 'search.start')}
        </Button>
      </div>
    </div>
  );
}

function Plan({ examples, name }: { examples: number; name: string }) {
  const t = useText();
  const form = useSearchWishes((wishes) => wishes.form);
  const cost = useSession((session) => session.model?.cost);
  const pace = useTraining((state) => state.pace);
  const latencyMs = useRuns((state) => state.runs.find((run) => isOriginal(run.recipe))?.latency.wasm?.candidate.p50Ms ?? null);
  if (!cost) return null;
  const { milliseconds, trainingMs } = estimateSearch(form, cost, latencyMs, examples, pace);
  return (
    <p className={styles.help} data-long={trainingMs > milliseconds / 2 || undefined}>
      {t('search.plan', { count: groupDigits(examples), name, time: durationText(milliseconds, t) })}
      {form.epochs > 0 && ` ${t('search.trains')}`}
    </p>
  );
}

/** Candidates are not judged on what accuracy is measured on, or it would be measured on what chose them. */
function NothingSetAside() {
  const t = useText();
  const hasData = useSession((session) => session.dataset !== null);
  return (
    <div className={styles.missing}>
      <p>{t(hasData ? 'search.nothingSetAside' : 'search.noData')}</p>
      <div className={styles.buttons}>
        {hasData && (
          <Button variant="outline" size="small" icon={<Split aria-hidden />} title={t('training.splitHelp')} onPress={() => void splitData(SHARE_TO_LEARN_FROM)}>
            {t('training.split')}
          </Button>
        )}
        <Button variant="outline" size="small" onPress={() => pickFiles('files', openTrainingFiles)}>
          {t('training.add')}
        </Button>
      </div>
    </div>
  );
}
