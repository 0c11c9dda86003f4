/** Progress as lines on stderr: one for each new stage, and while a model is trained one for each epoch. */
import type { Progress } from '../lib/progress';
import type { TrainingPoint } from '../training/training';
import { percentText } from './text';

/** A long epoch shows a sign of life this often. */
const QUIET_MS = 15_000;

export function progressLines(say: (text: string) => void): (progress: Progress) => void {
  let stage = '';
  let epoch = -1;
  let saidMs = 0;
  return (progress) => {
    const { training } = progress;
    if (progress.stage !== stage) {
      stage = progress.stage;
      epoch = -1;
      say(`${stage} …`);
    }
    if (!training) return;
    const isNews = training.heldOutAccuracy !== null || training.heldOutLoss !== null || training.epoch !== epoch || training.elapsedMs - saidMs > QUIET_MS;
    if (!isNews) return;
    epoch = training.epoch;
    saidMs = training.elapsedMs;
    say(trainingLine(training));
  };
}

function trainingLine({ epoch, step, steps, loss, heldOutAccuracy, heldOutLoss, msLeft, backend }: TrainingPoint): string {
  const heldOut = heldOutAccuracy === null ? (heldOutLoss === null ? '' : `, held out: loss ${heldOutLoss.toFixed(4)}`) : `, held out: ${percentText(heldOutAccuracy)}`;
  return `  epoch ${epoch}, step ${step} of ${steps}, loss ${loss.toFixed(4)}${heldOut}, ${timeText(msLeft)} left, on ${backend}`;
}

function timeText(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
