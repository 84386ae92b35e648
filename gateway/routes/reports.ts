import { hash } from 'node:crypto';

import { z } from 'zod';

import { download, downloadSchema } from '../http/download.ts';
import { may } from '../http/access.ts';
import { instantField } from '../http/fields.ts';
import { Refusal } from '../http/problem.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { hashed } from '../reports/hashed-report.ts';
import { makeReport } from '../reports/make-report.ts';
import { reportPage } from '../reports/report-page.ts';
import { hashedReportSchema } from '../reports/report-schema.ts';

const DAY_MS = 86_400_000;
const MOST_DAYS = 366;

const complianceReport = defineRoute({
  method: 'get',
  path: '/api/v1/reports/compliance',
  tag: 'Audit',
  operation: 'makeReport',
  summary: 'A compliance report',
  description:
    'Who did what in a period, what was refused, what became of devices, policies, firmware, commands and alerts, whether ' +
    'all batches are there and on the ledger, and where there are gaps. Of entries, commands, alerts and devices it has ' +
    `those of the asker’s tenants; batches are everybody’s. At most ${MOST_DAYS} days. Each report is an entry of the audit ` +
    'trail, which is anchored: its `sha256` is that of the report as canonical JSON, its `file` that of the HTML file, byte ' +
    'by byte. The file has no scripts and needs nothing else. A member has one report made at a time.',
  access: may('report:read', 'last-known'),
  large: 'reports',
  audited: true,
  request: z.strictObject({
    query: z.strictObject({
      from: instantField('The first instant, inclusive'),
      to: instantField('The last instant, exclusive'),
      format: z
        .enum(['json', 'html'])
        .optional()
        .meta({ description: 'Without it, what the Accept header prefers' }),
    }),
  }),
  answer: {
    status: 200,
    description: 'The report',
    schema: z.union([hashedReportSchema, downloadSchema]),
    mediaTypes: ['application/json', 'text/html'],
  },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ request: { query }, caller: { session, judge }, exchange, parts }) {
    const { from, to } = query;
    if (from >= to) throw new Refusal('INVALID_ARGUMENT', '`from` must be earlier than `to`');
    if (to - from > MOST_DAYS * DAY_MS)
      throw new Refusal('INVALID_ARGUMENT', `a report is about ${MOST_DAYS} days at most`);
    const { reports: sums, store: trail, fleet, anchors: ledger, clock } = parts;
    const made = await makeReport(
      { sums, trail, fleet, ledger, clock },
      { from, to, tenants: judge.tenants, madeBy: session.member.name },
    );
    const report = hashed(made);
    const told = { from, to, sha256: report.sha256 };
    if ((query.format ?? exchange.prefers('json', 'html')) === 'json') {
      exchange.adds({ told });
      return report;
    }
    const page = reportPage(report);
    exchange.adds({ told: { ...told, file: hash('sha256', page) } });
    return download({
      mediaType: 'text/html; charset=utf-8',
      fileName: fileName(from, to),
      chunks: once(page),
    });
  },
});

async function* once(text: string): AsyncGenerator<Buffer, void, undefined> {
  yield await Promise.resolve(Buffer.from(text));
}

/** `compliance-20261001-20261101.html` */
function fileName(from: number, to: number): string {
  const [first, last] = [from, to].map((instant) =>
    new Date(instant).toISOString().slice(0, 10).replaceAll('-', ''),
  );
  return `compliance-${first ?? ''}-${last ?? ''}.html`;
}

export const reportRoutes: readonly Route[] = [complianceReport];
