/** The keys, on one sheet. */
import { showOverlay } from '../../state/view-store';
import { useText, type TextKey } from '../i18n/text';
import { Overlay } from '../kit/Overlay';
import styles from './HelpSheet.module.css';
import { commandKey } from './shortcut';

const keys: readonly (readonly [string, TextKey])[] = [
  [`${commandKey}K`, 'palette.open'],
  [`${commandKey}O`, 'action.open'],
  [`${commandKey}Z`, 'action.undo'],
  [`⇧${commandKey}Z`, 'action.redo'],
  ['\\', 'help.original'],
  ['M', 'lane.again'],
  ['Esc', 'help.stop'],
  ['1', 'drawer.layers'],
  ['2', 'drawer.graph'],
  ['3', 'drawer.data'],
  ['4', 'drawer.live'],
  ['5', 'drawer.messages'],
  ['← → ↑ ↓', 'help.graph'],
  ['+ − 0', 'help.graphZoom'],
  ['↑ ↓', 'help.reorder'],
  ['?', 'help.title'],
];

export default function HelpSheet() {
  const t = useText();
  return (
    <Overlay title={t('help.title')} onClose={() => showOverlay(null)}>
      <dl className={styles.keys}>
        {keys.map(([key, text]) => (
          <div key={text}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
    </Overlay>
  );
}
