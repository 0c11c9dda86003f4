/** The open model's name; its facts open under it. */
import { ChevronDown } from 'lucide-react';
import type { ModelSummary, PortSummary } from '../../engine/types';
import { useSession } from '../../state/session-store';
import { DeviceReport } from '../export/DeviceReport';
import { formatBytes, formatCount } from '../format-number';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { PopoverButton } from '../kit/PopoverButton';
import { OpenButtons } from '../start/OpenButtons';
import styles from './ModelName.module.css';

export function ModelName() {
  const t = useText();
  const model = useSession((session) => session.model);
  if (!model) return null;
  return (
    <PopoverButton
      label={t('model.facts')}
      trigger={
        <Button size="small" aria-label={t('model.factsOf', { name: model.name })}>
          <span className={styles.name}>
            <span className={styles.text}>{model.name}</span>
            <ChevronDown aria-hidden size={14} />
          </span>
        </Button>
      }
    >
      {(close) => (
        <div className={styles.panel}>
          <Facts model={model} />
          {model.device && <DeviceReport report={model.device} />}
          <OpenButtons onDone={close} />
        </div>
      )}
    </PopoverButton>
  );
}

function Facts({ model }: { model: ModelSummary }) {
  const t = useText();
  const facts: readonly (readonly [string, string])[] = [
    [t('model.format'), model.formatLabel],
    [t('model.producer'), model.producer || '–'],
    [t('model.file'), formatBytes(model.fileBytes)],
    [t('model.parameters'), formatCount(model.cost.parameters)],
    [t('model.macs'), formatCount(model.cost.macs)],
    [t('model.inputs'), model.inputs.map(portWords).join(', ')],
    [t('model.outputs'), model.outputs.map(portWords).join(', ')],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** input 1×28×28×1 float32; a free dimension is n. */
function portWords({ name, shape, dtype }: PortSummary): string {
  return `${name} ${shape.map((size) => (size < 0 ? 'n' : size)).join('×')} ${dtype}`;
}
