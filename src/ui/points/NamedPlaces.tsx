/** The places of the master slider that have names, as buttons: what lies in one place shares one. */
import type { Detent } from '../../state/front-detents';
import { useText } from '../i18n/text';
import { Button } from '../kit/Button';
import styles from './NamedPlaces.module.css';

interface Props {
  detents: readonly Detent[];
  index: number;
  onChoose(index: number): void;
}

export function NamedPlaces({ detents, index, onChoose }: Props) {
  const t = useText();
  const places = [...new Set(detents.map((detent) => detent.index))];
  if (places.length === 0) return <span />;
  return (
    <div className={styles.places} role="group" aria-label={t('front.places')}>
      {places.map((place) => {
        const own = detents.filter((detent) => detent.index === place);
        return (
          <Button key={place} size="small" variant={place === index ? 'outline' : 'faint'} aria-pressed={place === index} title={own.map(({ id }) => t(`front.detent.${id}.help`)).join(' ')} onPress={() => onChoose(place)}>
            {own.map(({ id }) => t(`front.detent.${id}`)).join(' · ')}
          </Button>
        );
      })}
    </div>
  );
}
