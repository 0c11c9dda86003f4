/** Numbers that the model stores as half floats stay half floats. */
import type { Stage } from './stage';
import { floatToHalf, halfToFloat } from '../../lib/half';

export class Halves implements Stage {
  readonly learned = null;
  readonly choices = [];

  forward(from: Float32Array, to: Float32Array): void {
    for (let i = 0; i < to.length; i++) to[i] = halfToFloat(floatToHalf(from[i]!));
  }

  backward(): void {}
}
