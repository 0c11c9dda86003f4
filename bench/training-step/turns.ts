/** Contestants that take turns, so that whatever else the machine does falls on all of them. */

/** Milliseconds of each; in every round each comes once, and each comes first equally often. The first rounds are not counted. */
export async function timeInTurns(contestants: readonly (() => Promise<unknown>)[], rounds: number, warmUpRounds: number): Promise<number[][]> {
  const times = contestants.map((): number[] => []);
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (round + warmUpRounds + turn) % contestants.length;
      const start = performance.now();
      await contestants[index]!();
      if (round >= 0) times[index]!.push(performance.now() - start);
    }
  }
  return times;
}

export function quantile(values: readonly number[], fraction: number, digits: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round(fraction * (sorted.length - 1))]!.toFixed(digits);
}

/** Median of the pairs' ratios, with quartiles. */
export function ratioText(ours: readonly number[], theirs: readonly number[]): string {
  const ratios = ours.map((time, i) => time / theirs[i]!);
  return `${quantile(ratios, 0.5, 3)} (${quantile(ratios, 0.25, 3)}–${quantile(ratios, 0.75, 3)})`;
}
