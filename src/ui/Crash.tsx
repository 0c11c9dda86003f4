/** The last resort: when drawing the page itself fails, the person gets the words and a way on instead of a blank page. */
import { Component, type ReactNode } from 'react';
import { messageOf } from '../lib/errors';
import { useText } from './i18n/text';
import styles from './App.module.css';
import { Button } from './kit/Button';

interface Props {
  children: ReactNode;
}

export class Crash extends Component<Props, { problem: string | null }> {
  override state = { problem: null };

  static getDerivedStateFromError(error: unknown): { problem: string } {
    return { problem: messageOf(error) };
  }

  override render(): ReactNode {
    const { problem } = this.state;
    return problem === null ? this.props.children : <CrashWords problem={problem} onAgain={() => this.setState({ problem: null })} />;
  }
}

function CrashWords({ problem, onAgain }: { problem: string; onAgain(): void }) {
  const t = useText();
  return (
    <main className={styles.crash}>
      <h2>{t('crash.title')}</h2>
      <pre>{problem}</pre>
      <div>
        <Button variant="solid" onPress={onAgain}>
          {t('crash.again')}
        </Button>
        <Button onPress={() => location.reload()}>{t('crash.reload')}</Button>
      </div>
    </main>
  );
}
