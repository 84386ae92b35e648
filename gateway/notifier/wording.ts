/** What people read. Descriptions are others' words: they are lines of plain text, and stay so. */
import { SEVERITIES, type Severity } from '../../chaincode/protocol/alerts/severity.ts';
import type { Content, Notice } from '../../chaincode/protocol/notifications/notice.ts';

const LINES = 20;

const STEPS: Readonly<Record<Notice['step'], string>> = {
  raise: 'raised',
  escalate: 'escalated',
  acknowledge: 'acknowledged',
  clear: 'over',
};

function about({ device, description, type }: Notice): string {
  return `${device ?? 'platform'}: ${description ?? type}`;
}

function worst(notices: readonly Notice[]): Severity | undefined {
  return SEVERITIES.find((severity) => notices.some((notice) => notice.severity === severity));
}

/** One line that says it all. */
export function titleOf(content: Content): string {
  if (content.kind === 'test') return 'Test message of BIoT-DM';
  const { notices } = content;
  const [first] = notices;
  if (first !== undefined && notices.length === 1)
    return `${first.severity}, ${STEPS[first.step]}: ${about(first)}`;
  const raised = notices.filter(({ step }) => step === 'raise').length;
  const over = notices.filter(({ step }) => step === 'clear').length;
  return `${raised} alerts raised, ${over} over, ${String(worst(notices))} at worst`;
}

function lineOf(notice: Notice): string {
  const at = new Date(notice.at).toISOString().slice(0, 19).replace('T', ' ');
  const value = notice.value === null || notice.step !== 'raise' ? '' : ` (${notice.value})`;
  return `${at} UTC  ${notice.severity}, ${STEPS[notice.step]}  ${about(notice)}${value}`;
}

/** The first of it, a line for each. */
export function textOf(content: Content): string {
  if (content.kind === 'test') return `${content.by} asked for it: this channel works.`;
  const lines = content.notices.slice(0, LINES).map(lineOf);
  const more = content.notices.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
