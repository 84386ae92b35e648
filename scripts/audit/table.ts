import { type Finding, FINDING_KINDS, type Report } from '../../network/audit/report.ts';
import { CHANNELS } from '../../network/home/organisations.ts';

const MOST_PER_PEER = 10;
const MOST_DIFFERENCES = 3;
const LONGEST_VALUE = 80;

/** The report for people: a table of the peers, then what was found, the worst first. */
export function humanReport(report: Report, seconds: number): string {
  const { blocks, answers } = report.asked;
  const lines = [
    ...table([
      ['peer', 'address', ...CHANNELS, 'verdict'],
      ...report.peers.map(({ peer, address, heights, verdict }) => [
        peer,
        address,
        ...CHANNELS.map((channel) => String(heights[channel] ?? '–')),
        verdict,
      ]),
    ]),
    '',
    ...findingLines(report.findings),
    `${conclusion(report)}: ${blocks} blocks and ${answers} answers compared in ${seconds.toFixed(1)} s`,
  ];
  return `${lines.join('\n')}\n`;
}

function conclusion({ ok, peers }: Report): string {
  if (ok) return `All ${peers.length} peers agree`;
  return `${peers.filter(({ verdict }) => verdict === 'agrees').length} of ${peers.length} peers agree`;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function findingLines(findings: readonly Finding[]): string[] {
  const groups = Map.groupBy(findings, ({ kind, peer }) => `${FINDING_KINDS.indexOf(kind)} ${peer ?? ''}`);
  const lines = [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, group]) => [
      ...group.slice(0, MOST_PER_PEER).flatMap(findingText),
      ...(group.length > MOST_PER_PEER ? [`  … and ${group.length - MOST_PER_PEER} more like these`] : []),
    ]);
  return lines.length === 0 ? [] : [...lines, ''];
}

function findingText({ kind, peer, channel, subject, what, differences }: Finding): string[] {
  const about = channel === null ? subject : `${subject} (${channel})`;
  return [
    `${kind}: ${peer ?? 'the peers'}, ${about}: ${what}`,
    ...differences
      .slice(0, MOST_DIFFERENCES)
      .map(
        ({ field, says, others }) =>
          `    ${field === '' ? 'the answer' : field} is ${shown(says)}, others say ${shown(others)}`,
      ),
  ];
}

function shown(value: string | null): string {
  if (value === null) return 'nothing';
  return value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value;
}
