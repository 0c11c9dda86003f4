/** What the person sets: source, backend, rate, disturbance, target, and whether there is control at all. */
import { Columns2, Play, Square } from 'lucide-react';
import type { BackendName } from '../../adapt/module/api';
import { setControlled, startBeside, startLive, stopLive } from '../../state/live-actions';
import { chosenBackend, liveBackends, liveSources } from '../../state/live-choices';
import { setLiveSettings, useLive, type LiveSource } from '../../state/live-store';
import { useSession } from '../../state/session-store';
import { backendNames } from '../device/backend-names';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { Select } from '../kit/Select';
import { Switch } from '../kit/Switch';
import { CameraView } from './CameraView';
import styles from './LivePanel.module.css';
import { LiveSliders } from './LiveSliders';
import { useDeviceIsBusy } from './use-device-is-busy';

/** Fewer periods show nothing that could be compared. */
const LEAST_PERIODS = 10;
/** In hertz: telephone, speech, half and whole compact disc, video. */
const soundRates = [8000, 16_000, 22_050, 44_100, 48_000] as const;

export function LiveControls() {
  const t = useText();
  const phase = useLive((live) => live.phase);
  const isIdle = phase === 'idle';
  const isBusy = useDeviceIsBusy();
  const canCompare = useLive(({ trace }) => trace !== null && trace.startedControlled && trace.recent.length >= LEAST_PERIODS);
  return (
    <div className={styles.controls}>
      <div className={styles.buttons}>
        {isIdle ? (
          <Button variant="solid" icon={<Play aria-hidden />} isDisabled={isBusy} onPress={() => void startLive()}>
            {t('live.start')}
          </Button>
        ) : (
          <Button variant="solid" icon={<Square aria-hidden />} isDisabled={phase === 'stopping'} onPress={() => void stopLive()}>
            {t('live.stop')}
          </Button>
        )}
        {isIdle && canCompare && (
          <Button variant="outline" icon={<Columns2 aria-hidden />} isDisabled={isBusy} title={t('live.besideHelp')} onPress={() => void startBeside()}>
            {t('live.beside')}
          </Button>
        )}
      </div>
      {isIdle && isBusy && <p className={styles.help}>{t('live.busy')}</p>}
      {isIdle && canCompare && <p className={styles.help}>{t('live.besideHelp')}</p>}
      <Choices isIdle={isIdle} />
      <LiveSliders />
      <Switches isIdle={isIdle} isSteered={isIdle || phase === 'running'} />
      <CameraView />
    </div>
  );
}

function Choices({ isIdle }: { isIdle: boolean }) {
  const t = useText();
  const source = useLive((live) => live.settings.source);
  useLive((live) => live.settings.backend);
  const backends = liveBackends(useSession((session) => session.backends));
  const backend = chosenBackend();
  const sources = liveSources(useSession((session) => session.model));
  if (!isIdle) return <p className={styles.chosen}>{`${t(`live.${source}`)} · ${backendNames[backend]}`}</p>;
  return (
    <>
      <div className={styles.row}>
        <span>{t('live.source')}</span>
        {sources.length > 1 ? (
          <Select label={t('live.source')} value={source} choices={sources.map((value) => ({ value, label: t(`live.${value}`) }))} onChange={(value) => setLiveSettings({ source: value as LiveSource })} />
        ) : (
          <span className={styles.fixed}>{t('live.examples')}</span>
        )}
      </div>
      {source === 'microphone' && <SoundRate />}
      <div className={styles.row}>
        <span>{t('live.backend')}</span>
        <Select label={t('live.backend')} value={backend} choices={backends.map((value) => ({ value, label: backendNames[value] }))} onChange={(value) => setLiveSettings({ backend: value as BackendName, ratePerSecond: null })} />
      </div>
      {sources.length === 1 && <p className={styles.help}>{t('live.noSource')}</p>}
    </>
  );
}

/** Of the microphone: a model does not say what it was trained with. */
function SoundRate() {
  const t = useText();
  const rate = useLive((live) => live.settings.soundRateHz);
  return (
    <div className={styles.row}>
      <span>{t('live.soundRate')}</span>
      <Select
        label={t('live.soundRate')}
        value={String(rate)}
        choices={soundRates.map((hertz) => ({ value: String(hertz), label: t('live.kilohertz', { rate: hertz / 1000 }) }))}
        onChange={(value) => setLiveSettings({ soundRateHz: Number(value) })}
      />
    </div>
  );
}

function Switches({ isIdle, isSteered }: { isIdle: boolean; isSteered: boolean }) {
  const t = useText();
  const { isControlled, isSkippable, heedsPressure } = useLive((live) => live.settings);
  return (
    <div className={styles.switches}>
      <Switch isSelected={isControlled} isDisabled={!isSteered} onChange={setControlled}>
        {t('live.control')}
      </Switch>
      <Switch isSelected={isSkippable} isDisabled={!isIdle} onChange={(next) => setLiveSettings({ isSkippable: next })}>
        {t('live.skippable')}
      </Switch>
      <Switch isSelected={heedsPressure} isDisabled={!isIdle} onChange={(next) => setLiveSettings({ heedsPressure: next })}>
        {t('live.heeds')}
      </Switch>
    </div>
  );
}
