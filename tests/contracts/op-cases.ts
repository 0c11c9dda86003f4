/**
 * The cases of every operator, for all contract tests of operators: shape rules against TF.js's shapes, kernels against
 * TF.js's numbers. The data lies in `tests/ops/cases`, a file a family.
 */
import { elementwiseCases } from '../ops/cases/elementwise';
import { linearCases } from '../ops/cases/linear';
import { movementCases } from '../ops/cases/movement';
import type { OpCase } from '../ops/cases/op-case';
import { recurrentCases } from '../ops/cases/recurrent';

export type { CaseInput, CaseOf, OpCase } from '../ops/cases/op-case';
export { numbersOf } from '../ops/cases/op-case';

export const opCases: readonly OpCase[] = [...linearCases, ...elementwiseCases, ...movementCases, ...recurrentCases];
