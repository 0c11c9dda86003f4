/** Opens the wish for a search: goals instead of knobs. */
import { Crosshair } from 'lucide-react';
import { lazy, memo, Suspense } from 'react';
import { useSearch } from '../../state/search-store';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import { PopoverButton } from '../kit/PopoverButton';

const SearchPanel = lazy(() => import('./SearchPanel'));

export const FindBest = memo(function FindBest() {
  const t = useText();
  const isRunning = useSearch((search) => search.running !== null);
  if (isRunning) return null;
  return (
    <PopoverButton
      label={t('search.title')}
      trigger={
        <Button size="small" variant="outline" icon={<Crosshair aria-hidden />}>
          {t('search.open')}
        </Button>
      }
    >
      {(close) => (
        <Suspense fallback={null}>
          <SearchPanel onStart={close} />
        </Suspense>
      )}
    </PopoverButton>
  );
});
