/** The command line as a whole: help, what exists, wrong usage. */
import { describe, expect, it } from 'vitest';
import { formatCatalog } from '../../src/formats/catalog';
import { passCatalog } from '../../src/passes/catalog';
import { CNN, whittle } from './whittle';

const commands = ['inspect', 'optimize', 'sensitivity', 'search', 'export', 'evaluate', 'run', 'bench', 'passes', 'formats'];

describe('whittle', () => {
  it.each([['--help'], ['help']])('%s lists every command on stdout', async (argument) => {
    const { code, out, err } = await whittle(argument);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const command of commands) expect(out).toMatch(new RegExp(`^ {2}whittle ${command}\\b.*\\n {6}[A-Z].+\\.$`, 'm'));
  });

  it('without a command is wrong usage, and shows the commands on stderr', async () => {
    const { code, out, err } = await whittle();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('whittle inspect MODEL');
  });

  it.each(commands)('%s --help says how it is used', async (command) => {
    const { code, out } = await whittle(command, '--help');
    expect(code).toBe(0);
    expect(out.split('\n')).toHaveLength(2);
    expect(out).toMatch(new RegExp(`^whittle ${command}\\b`));
  });

  it.each(['shrink', 'constructor', 'toString', '--json'])('%s is no command', async (name) => {
    const { code, out, err } = await whittle(name);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(new RegExp(`^There is no command "${name}"\\.\\n\\nwhittle: `));
  });

  it.each([
    [['inspect'], /^One MODEL is needed, 0 were given\.\nUsage: whittle inspect/],
    [['inspect', CNN, '--data', 'x'], /^--data does not belong to this command; it takes --json\.\nUsage/],
    [['inspect', CNN, '--jsonn'], /'--jsonn'[\s\S]*\nUsage: whittle inspect/],
    [['evaluate', CNN, '--data'], /--data[\s\S]*\nUsage: whittle evaluate/],
    [['passes', 'extra'], /extra[\s\S]*\nUsage: whittle passes/],
    [['formats', 'extra'], /extra[\s\S]*\nUsage: whittle formats/],
  ])('wrong usage: %j', async (argv, says) => {
    const { code, out, err } = await whittle(...argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(says);
  });
});

describe('whittle passes and formats', () => {
  it('list every pass with every option', async () => {
    const { code, out } = await whittle('passes');
    expect(code).toBe(0);
    for (const pass of passCatalog) {
      expect(out).toContain(`${pass.id}: ${pass.summary}`);
      for (const [name, spec] of Object.entries(pass.options)) expect(out).toMatch(new RegExp(`^ {4}${name}=${String(spec.default)} \\(.+\\): .+\\.$`, 'm'));
    }
    expect((await whittle('passes', '--json')).json()).toEqual(JSON.parse(JSON.stringify(passCatalog)));
  });

  it('list every format by the name that --format takes', async () => {
    const { code, out } = await whittle('formats');
    expect(code).toBe(0);
    expect(out).toMatch(/^tfjs: TensorFlow\.js graph model\. /m);
    expect(out).toMatch(/^ {4}weights=as-is \(as-is, .*float16.*\): /m);
    const rows = (await whittle('formats', '--json')).json<{ id: string; flag: string }[]>();
    expect(rows.map(({ id }) => id)).toEqual(formatCatalog.map(({ id }) => id));
    expect(rows.map(({ flag }) => flag).sort()).toEqual(['h5', 'keras', 'tfjs', 'tfjs-layers', 'tflite']);
  });
});
