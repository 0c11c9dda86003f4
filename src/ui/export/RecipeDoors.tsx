/** One recipe, three doors: a file, a link, a line for the terminal. */
import { Check, FileJson2, Link2, Terminal } from 'lucide-react';
import { useState } from 'react';
import { commandLine } from '../../state/command-line';
import { useExport } from '../../state/export-store';
import { copyText, currentLink, saveRecipe } from '../../state/recipe-doors';
import { useRecipe } from '../../state/recipe-store';
import { useSession } from '../../state/session-store';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import styles from './ExportPanel.module.css';

/** As long as it takes to see that it worked. */
const COPIED_MS = 1500;

export function RecipeDoors() {
  const t = useText();
  const [copied, setCopied] = useState<'link' | 'command' | null>(null);
  const command = useCommandLine();
  const copy = async (what: 'link' | 'command', text: string) => {
    if (!(await copyText(text))) return;
    setCopied(what);
    setTimeout(() => setCopied(null), COPIED_MS);
  };
  const icon = (what: typeof copied, Icon: typeof Link2) => (copied === what ? <Check aria-hidden /> : <Icon aria-hidden />);
  return (
    <div className={styles.doors}>
      <Button size="small" icon={<FileJson2 aria-hidden />} onPress={saveRecipe}>
        {t('export.recipe')}
      </Button>
      <Button size="small" icon={icon('link', Link2)} onPress={() => void copy('link', currentLink())}>
        {t(copied === 'link' ? 'action.copied' : 'export.link')}
      </Button>
      <Button size="small" icon={icon('command', Terminal)} onPress={() => void copy('command', command)}>
        {t(copied === 'command' ? 'action.copied' : 'export.command')}
      </Button>
      <code className={styles.command}>{command}</code>
    </div>
  );
}

function useCommandLine(): string {
  const name = useSession((session) => session.fileName || 'model');
  const recipe = useRecipe((state) => state.recipe);
  const format = useExport((state) => state.format);
  return commandLine(name, recipe, format);
}
