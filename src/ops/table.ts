/**
 * Every operator of the intermediate representation. An operator named in `signatures.ts` and missing here does not compile.
 */
import { convOps } from './conv';
import type { Definition, OpTable } from './definition';
import { elementwiseOps } from './elementwise';
import { gatherOps } from './gather';
import { joinOps } from './join';
import { matmulOps } from './matmul';
import { normOps } from './norm';
import { poolOps } from './pool';
import { recurrentOps } from './recurrent';
import { reduceOps } from './reduce';
import { reshapeOps } from './reshape';
import { scatterOps } from './scatter';
import type { OpName } from './signatures';
import { sliceOps } from './slice';
import { spaceOps } from './space';
import { spectralOps } from './spectral';

export const opTable: OpTable = {
  ...convOps,
  ...matmulOps,
  ...normOps,
  ...poolOps,
  ...elementwiseOps,
  ...reduceOps,
  ...reshapeOps,
  ...joinOps,
  ...sliceOps,
  ...gatherOps,
  ...scatterOps,
  ...spaceOps,
  ...recurrentOps,
  ...spectralOps,
};

export const opNames = Object.keys(opTable) as readonly OpName[];

/** The definition for attributes whose operator is only known at run time; the node's own type pairs them. */
export function definitionOf<A>(op: OpName): Definition<A> {
  return opTable[op] as unknown as Definition<A>;
}
