/** All rules. */
import type { Rules } from './rule';

export const rules: Rules = {};
