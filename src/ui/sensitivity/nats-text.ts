import { levelLimits } from '../../state/sensitivity-heat';
import { significant } from '../format-number';

/** Below the first level digits say nothing. */
const SMALLEST = levelLimits[0];

/** 0, <0.0001, 0.0042, 0.31, 2.7: two digits, for more depend on the choice of examples. */
export function natsText(nats: number): string {
  if (nats === 0) return '0';
  if (nats < SMALLEST) return `<${SMALLEST}`;
  return Number.isFinite(nats) ? significant(nats, 2) : '∞';
}
