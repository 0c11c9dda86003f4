/** whittle formats: what can be read and written. */
import { formatCatalog } from '../../formats/catalog';
import { describeOption } from '../../options/options';
import { noArguments, type Command } from '../command';
import { shortNames } from '../format-flag';

export const formatsCommand: Command = {
  usage: 'whittle formats [--json]',
  summary: 'All formats with their options for writing.',
  flags: ['json'],
  async run(context) {
    noArguments(context);
    const rows = formatCatalog.map((format) => ({
      ...format,
      flag: Object.keys(shortNames).find((name) => shortNames[name] === format.id) ?? format.id,
    }));
    context.print(rows, () =>
      rows
        .map((format) => [`${format.flag}: ${format.label}. ${format.summary}`, ...Object.entries(format.writeOptions).map(([name, spec]) => `    ${describeOption(name, spec)}`)].join('\n'))
        .join('\n'),
    );
  },
};
