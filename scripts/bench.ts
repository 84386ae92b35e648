import { EXIT, printJson, runCommand } from './cli/command.ts';
import { Progress } from './cli/progress.ts';
import { helpText } from './bench/help.ts';
import { thisMachine } from './bench/machine.ts';
import { BENCHES, chooseBench } from './bench/registry.ts';
import { jsonObject, table } from './bench/report.ts';

type Option = { type: 'string' } | { type: 'boolean'; default: boolean };

const options: Record<string, Option> = {
  ...Object.fromEntries(
    [...BENCHES.values()].flatMap((bench) =>
      Object.keys(bench.options).map((name) => [name, { type: 'string' } as const]),
    ),
  ),
  json: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
};

await runCommand({
  help: helpText(BENCHES),
  options,
  async run({ values: { json, keep, ...values }, positionals }) {
    const { name, bench } = chooseBench(positionals);
    const prepared = bench.prepare(values);
    const heading = { name, summary: bench.summary, settings: prepared.settings, machine: thisMachine() };
    const interrupt = interruption();
    try {
      const report = await prepared.run({ progress: new Progress(), interrupt, keep: keep === true });
      process.stdout.write(table(heading, report));
      if (json === true) printJson(jsonObject(heading, report));
      return report.sound ? 0 : 1;
    } catch (error) {
      if (!interrupt.aborted) throw error;
      // What was interrupted may still wait for servers that are gone now.
      process.exit(EXIT.interrupted);
    }
  },
});

function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      controller.abort();
    });
  }
  return controller.signal;
}
