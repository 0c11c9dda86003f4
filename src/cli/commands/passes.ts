/** whittle passes: what exists, with every option. */
import { describeOption } from '../../options/options';
import { passCatalog } from '../../passes/catalog';
import { noArguments, type Command } from '../command';

export const passesCommand: Command = {
  usage: 'whittle passes [--json]',
  summary: 'All passes with their options.',
  flags: ['json'],
  async run(context) {
    noArguments(context);
    context.print(passCatalog, () =>
      passCatalog
        .map((pass) => [`${pass.id}: ${pass.summary}`, ...Object.entries(pass.options).map(([name, spec]) => `    ${describeOption(name, spec)}`)].join('\n'))
        .join('\n'),
    );
  },
};
