import type { Bench } from './bench.ts';

const OPTION_WIDTH = 18;

/** What `--help` prints; the benches describe themselves. */
export function helpText(benches: ReadonlyMap<string, Bench>): string {
  return `
npm run bench -- NAME [OPTIONS] [--json]

Measures the real platform, beside the plain alternative in the same run, and prints a table. All but anomaly start an
instance of their own, in a new folder under TMPDIR (/tmp unless it is set; it should lie on the disk that is to be measured), and
stop and remove it at the end, after Ctrl-C too. For figures worth keeping nothing else should run on the machine.

${[...benches].map(([name, bench]) => describeBench(name, bench)).join('\n\n')}

For every bench
${optionLine('json', 'one JSON object as the last line: bench, ok, the figures by name, settings, machine, notes')}
${optionLine('keep', 'leave the folder of the instance, stopped, for a look at its logs')}

Exit code 0 when it was measured and everything was right; 1 when not; 2 for an unknown option; 130 when interrupted.
`;
}

function describeBench(name: string, { summary, options }: Bench): string {
  const lines = Object.entries(options).map(([option, { description, placeholder }]) =>
    optionLine(`${option} ${placeholder}`, description),
  );
  return [`${name}: ${summary}`, ...lines].join('\n');
}

function optionLine(option: string, description: string): string {
  return `  ${`--${option}`.padEnd(OPTION_WIDTH)}${description}`;
}
