/** Constants that rules make: their sizes come from shapes and attributes, which a damaged file may make as large as it likes. */
import type { Shape } from '../../../ir/tensor';
import type { Build } from './rule';

/** Numbers of one (64 MB of floats): beyond this the builtins would not run either. */
const LARGEST_MADE = 2 ** 24;

/** Refuses to make a constant that is too large; `what` says what it would be. */
export function refuseLarge(build: Pick<Build, 'refuse'>, shape: Shape, what: string): void {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (!(size <= LARGEST_MADE)) build.refuse(`${what} would take a constant of ${size} numbers ([${shape.join(', ')}]), and ${LARGEST_MADE} are the most`);
}
