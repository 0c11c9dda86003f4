/**
 * npm run bench -- adapt [--trace]: load control in simulation, with seeds. A row for each disturbance and rule; with --trace, the
 * controller's first run of each, period by period.
 */
import { judge } from '../src/adapt/judge';
import { controlled, naive, uncontrolled } from '../src/adapt/rules';
import { scenarios, simulatedSettings as settings, tryRule } from '../src/adapt/scenarios';
import type { Rule } from '../src/adapt/simulate';

const rules: Readonly<Record<string, () => Rule>> = {
  controller: () => controlled(settings),
  naive: () => naive(settings),
  none: uncontrolled,
};

console.log('disturbance | rule | settling (periods) | overshoot | reversals in steady state | dropped | mean load error | worst p90 | accuracy served');
for (const scenario of scenarios) {
  for (const [name, rule] of Object.entries(rules)) {
    const { settlingPeriods, overshoot, reversals, dropped, meanError, worstP90Ms, accuracy } = judge(tryRule(rule, scenario), scenario, settings);
    const settled = Number.isFinite(settlingPeriods) ? String(settlingPeriods) : 'never';
    console.log(
      [scenario.name, name, settled, percent(overshoot), reversals, percent(dropped), meanError.toFixed(3), `${worstP90Ms.toFixed(0)} ms`, percent(accuracy)].join(' | '),
    );
  }
}

if (process.argv.includes('--trace')) {
  for (const scenario of scenarios) {
    const [trace] = tryRule(() => controlled(settings), scenario);
    console.log(`\n${scenario.name}: period load batch level keep queue p90`);
    for (const [i, { load, decision, queue, latencyP90Ms }] of trace!.entries()) {
      console.log([i, load.toFixed(3), decision.batch.toFixed(2), decision.level.toFixed(2), decision.keep.toFixed(2), queue, latencyP90Ms?.toFixed(0)].join(' '));
    }
  }
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
