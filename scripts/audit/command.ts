import { BiotError } from '../../chaincode/protocol/errors.ts';
import { runAudit } from '../../network/audit/process.ts';
import type { Report } from '../../network/audit/report.ts';
import { openHome } from '../../network/home/home.ts';
import { type Command, printJson } from '../cli/command.ts';
import { OPTIONS, parseArguments } from './arguments.ts';
import { HELP } from './help.ts';
import { humanReport } from './table.ts';

const SOMEBODY_LIES = 1;
const NOT_ALL_COMPARED = 2;

export const auditCommand: Command<typeof OPTIONS> = {
  help: HELP,
  options: OPTIONS,
  async run({ values, positionals }) {
    try {
      const started = performance.now();
      const report = await runAudit(openHome(), parseArguments({ ...values }, positionals));
      process.stdout.write(humanReport(report, (performance.now() - started) / 1000));
      if (values.json) printJson(report);
      return exitCode(report);
    } catch (error) {
      if (!(error instanceof BiotError)) throw error;
      process.stderr.write(`Could not audit. ${error.code}: ${error.message}\n`);
      if (values.json) printJson({ ok: false, error: { code: error.code, message: error.message } });
      return NOT_ALL_COMPARED;
    }
  },
};

export function exitCode({ ok, findings }: Report): number {
  if (findings.some(({ kind }) => kind === 'lies' || kind === 'disagrees')) return SOMEBODY_LIES;
  return ok ? 0 : NOT_ALL_COMPARED;
}
