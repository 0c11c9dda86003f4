/**
 * Chooses, for each output channel, which weights go to their second nearest level instead of the nearest, so that the rounding
 * errors of the channel sum to almost nothing. The inputs of a layer mostly share a sign (they follow a ReLU), so that a sum of errors shifts
 * the channel's output for every example, which single errors do not. Without data. After SQuant (Guo et al. 2022,
 * arXiv 2202.07471), its channel-wise step, for levels of any spacing.
 *
 * With S = Σ (q − w) over a channel: of the weights whose error has the sign of S, those whose move costs the least squared
 * error go first; a weight moves while that brings |S| closer to zero, each at most once.
 */
export interface Levels {
  /** q − w of an element. */
  error(element: number): number;
  /** What a move to the next level down (−1) or up (+1) adds to q; undefined when there is none to go to. */
  step(element: number, direction: -1 | 1): number | undefined;
  move(element: number, direction: -1 | 1): void;
}

export function balanceErrors(size: number, channels: number, channelOf: (element: number) => number, levels: Levels): void {
  for (const members of membersOf(size, channels, channelOf)) {
    let sum = 0;
    for (const element of members) sum += levels.error(element);
    const direction = sum > 0 ? -1 : 1;
    const candidates: { element: number; step: number; cost: number }[] = [];
    for (const element of members) {
      const error = levels.error(element);
      if (error * sum <= 0) continue;
      const step = levels.step(element, direction);
      if (step !== undefined) candidates.push({ element, step, cost: (error + step) ** 2 - error ** 2 });
    }
    candidates.sort((a, b) => a.cost - b.cost || a.element - b.element);
    for (const { element, step } of candidates) {
      if (Math.abs(sum + step) >= Math.abs(sum)) continue;
      levels.move(element, direction);
      sum += step;
    }
  }
}

function membersOf(size: number, channels: number, channelOf: (element: number) => number): number[][] {
  const members: number[][] = Array.from({ length: channels }, () => []);
  for (let element = 0; element < size; element++) members[channelOf(element)]!.push(element);
  return members;
}
