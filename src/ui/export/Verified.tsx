/** What ran the exported files, and how far their answers are from the candidate's. */
import { BadgeCheck } from 'lucide-react';
import type { ExportVerification, LiteRtVerification } from '../../engine/types';
import { backendNames } from '../device/backend-names';
import { formatDifference, formatShare, groupDigits } from '../format-number';
import { useText, type Translate } from '../i18n/text';
import styles from './ExportPanel.module.css';

export function Verified({ verification }: { verification: ExportVerification }) {
  const t = useText();
  const { backend, samples, largestDifference, agreement, referenceDifference, litert, litertReason } = verification;
  const values = {
    samples: groupDigits(samples),
    backend: backendNames[backend],
    difference: formatDifference(largestDifference),
  };
  return (
    <div className={styles.verified}>
      <BadgeCheck aria-hidden size={16} />
      <p>
        <strong>{t('export.verified')}</strong> {t('export.verifiedWords', values)}
        {agreement !== null && ` ${t('export.agreement', { share: formatShare(agreement, 1) })}`}
        {referenceDifference !== null && ` ${t('export.reference', { difference: formatDifference(referenceDifference) })}`}
      </p>
      {litert && <p>{litertWords(litert, t)}</p>}
      {litertReason !== '' && <p>{t('export.noLiteRt', { reason: litertReason })}</p>}
    </div>
  );
}

function litertWords({ samples, agreement, largestDifference, twin, twinReason }: LiteRtVerification, t: Translate): string {
  const values = { samples: groupDigits(samples), difference: formatDifference(largestDifference) };
  const ran = twin ? t('export.litertTwin', { samples: values.samples, how: twinReason }) : t('export.litert', { samples: values.samples });
  const compared =
    agreement === null
      ? t('export.litertDifference', { difference: values.difference })
      : t('export.litertAgreement', { share: formatShare(agreement, 2), difference: values.difference });
  return `${ran} ${compared}`;
}
