import { z } from 'zod';

import { alertIdSchema } from '../../chaincode/protocol/alerts/alert.ts';
import type { Step } from '../../chaincode/protocol/alerts/life-cycle.ts';
import { severitySchema } from '../../chaincode/protocol/alerts/severity.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import {
  deviceIdSchema,
  lineSchema,
  memberNameSchema,
  ruleIdSchema,
} from '../../chaincode/protocol/identifiers.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import { serves } from '../../chaincode/protocol/tenants.ts';
import type { StoredAlert } from '../../sql/queries/alerts.ts';
import { mayForDevices, type Person } from '../http/access.ts';
import { cursorField, limitField, nextField, pageOf } from '../http/fields.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import {
  alertView,
  type AlertView,
  alertViewSchema,
  resourceOfAlert,
  timelineSchema,
} from './alert-views.ts';

const tag = 'Alerts';

const flag = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .optional();

const params = z.strictObject({ id: alertIdSchema });
const comment = lineSchema(500, 'a comment is needed');

const listAlerts = defineRoute({
  method: 'get',
  path: '/api/v1/alerts',
  tag,
  operation: 'listAlerts',
  summary: 'List alerts',
  description:
    'Newest first, those of the asker’s tenants that the policy lets the asker read; a page may be shorter than asked for. ' +
    'Active and acknowledged are independent of each other.',
  access: mayForDevices('alert:read', 'last-known'),
  request: z.strictObject({
    query: z.strictObject({
      device: deviceIdSchema.optional(),
      rule: ruleIdSchema.optional(),
      severity: severitySchema.optional(),
      assignee: memberNameSchema.optional(),
      active: flag,
      acknowledged: flag,
      limit: limitField(50, 200),
      cursor: cursorField(z.strictObject({ id: alertIdSchema })),
    }),
  }),
  answer: {
    status: 200,
    description: 'A page of alerts',
    schema: z.strictObject({ alerts: z.array(alertViewSchema), next: nextField }).meta({ id: 'AlertPage' }),
  },
  refusals: ['DATABASE_UNAVAILABLE'],
  async handle({ request: { query }, caller: { judge }, parts: { alerts, fleet } }) {
    const { cursor, limit, ...filter } = query;
    const before = cursor && BigInt(cursor.id);
    const found = await alerts.page({ ...filter, tenants: judge.tenants, before, limit: limit + 1 });
    const { page, next } = pageOf(found, limit, ({ id }) => ({ id: id.toString() }));
    const readable = page.filter((alert) => judge.allows('alert:read', resourceOfAlert(alert, fleet)));
    return {
      alerts: readable.map((alert) => alertView(alert, { judge, fleet })),
      next,
    };
  },
});

const noSuchAlert = (id: string): BiotError => new BiotError('NOT_FOUND', `there is no alert ${id}`);

/** @throws BiotError NOT_FOUND also for one of another tenant; FORBIDDEN */
async function alertFor(
  action: 'alert:read' | 'alert:handle',
  id: string,
  { judge, parts }: { judge: Person['judge']; parts: Parts },
): Promise<StoredAlert> {
  const alert = await parts.alerts.one({ id: BigInt(id), tenants: judge.tenants });
  if (alert === undefined) throw noSuchAlert(id);
  judge.require(action, resourceOfAlert(alert, parts.fleet));
  return alert;
}

const getAlert = defineRoute({
  method: 'get',
  path: '/api/v1/alerts/{id}',
  tag,
  operation: 'getAlert',
  summary: 'Get an alert',
  description: 'One alert, with who did what to it and when.',
  access: mayForDevices('alert:read', 'last-known'),
  request: z.strictObject({ params }),
  answer: {
    status: 200,
    description: 'The alert and its timeline',
    schema: z.strictObject({ alert: alertViewSchema, timeline: timelineSchema }).meta({ id: 'AlertStory' }),
  },
  refusals: ['NOT_FOUND', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params: asked }, caller: { judge }, parts }) {
    const alert = await alertFor('alert:read', asked.id, { judge, parts });
    const events = await parts.alerts.events(alert.id);
    const raised = {
      step: 'raise',
      author: alert.rule === null ? 'platform' : `rule ${alert.rule.id}`,
      at: alert.createdAt,
      details: { value: alert.value },
    };
    const timeline = timelineSchema.parse([raised, ...events]);
    return { alert: alertView(alert, { judge, fleet: parts.fleet }), timeline };
  },
});

/** What a body asks for. */
interface Wish {
  readonly step: Step;
  /** What the timeline says beside who and when. */
  readonly details: Readonly<Record<string, unknown>>;
}

interface Handling {
  readonly verb: Step['kind'];
  readonly summary: string;
  readonly description: string;
  readonly body: z.ZodType<Wish>;
  /** @throws BiotError INVALID_ARGUMENT */
  readonly check?: (wish: Wish, alert: StoredAlert, parts: Parts) => Promise<void>;
}

/** A route that takes one step in the life of an alert. */
function handling({ verb, summary, description, body: schema, check }: Handling): Route {
  return defineRoute({
    method: 'post',
    path: `/api/v1/alerts/{id}/${verb}`,
    tag,
    operation: `${verb}Alert`,
    summary,
    description,
    access: mayForDevices('alert:handle'),
    request: z.strictObject({ params, body: schema }),
    answer: { status: 200, description: 'The alert as it is now', schema: alertViewSchema },
    refusals: ['NOT_FOUND', 'TRANSITION_ILLEGAL', 'DATABASE_UNAVAILABLE'],
    async handle({
      request: { params: asked, body },
      caller: { session, judge },
      parts,
    }): Promise<AlertView> {
      const { alerts, clock, fleet, alertNews } = parts;
      const before = await alertFor('alert:handle', asked.id, { judge, parts });
      await check?.(body, before, parts);
      const { id, device, tenant, type } = before;
      const now = clock();
      const alert = await alerts.take({
        ...{ id, tenants: judge.tenants, author: session.member.name, now },
        ...body,
      });
      const { severity } = alert;
      if (tenant !== null)
        alertNews.tell({ id: id.toString(), device, tenant, type, severity, step: verb, at: now });
      return alertView(alert, { judge, fleet });
    },
  });
}

const remark = z.strictObject({ comment: comment.optional() }).meta({ id: 'AlertRemark' });

/** @throws BiotError INVALID_ARGUMENT */
async function requireAssignee({ step }: Wish, { tenant }: StoredAlert, { directory }: Parts): Promise<void> {
  if (step.kind !== 'assign' || step.assignee === null) return;
  const { assignee } = step;
  const member = (await directory.members('*')).find(({ name }) => name === assignee);
  if (member === undefined || (tenant !== null && !serves(member.tenants, tenant)))
    throw new BiotError('INVALID_ARGUMENT', `assignee: no member ${assignee} serves the alert’s tenant`);
}

export const alertRoutes: readonly Route[] = [
  listAlerts,
  getAlert,
  handling({
    verb: 'acknowledge',
    summary: 'Acknowledge an alert',
    description:
      'Says that somebody has seen it. It stays active until it is over, and does not escalate any more.',
    body: remark.transform((details): Wish => ({ step: { kind: 'acknowledge' }, details })),
  }),
  handling({
    verb: 'clear',
    summary: 'Clear an alert',
    description: 'Says that it is over. If its rule is met again, that is another alert.',
    body: remark.transform((details): Wish => ({ step: { kind: 'clear' }, details })),
  }),
  handling({
    verb: 'assign',
    summary: 'Assign an alert',
    description: 'To a member who serves the alert’s tenant, or to nobody.',
    body: z
      .strictObject({ assignee: memberNameSchema.nullable() })
      .meta({ id: 'AlertAssignment' })
      .transform((details): Wish => ({ step: { kind: 'assign', ...details }, details })),
    check: requireAssignee,
  }),
  handling({
    verb: 'comment',
    summary: 'Comment on an alert',
    description: 'Adds a line to its timeline.',
    body: z
      .strictObject({ comment })
      .meta({ id: 'AlertComment' })
      .transform((details): Wish => ({ step: { kind: 'comment' }, details })),
  }),
  handling({
    verb: 'snooze',
    summary: 'Snooze an alert',
    description: 'Until then it neither escalates nor notifies, but for its end; at most 30 days.',
    body: z
      .strictObject({ until: instantSchema })
      .meta({ id: 'AlertSnooze' })
      .transform((details): Wish => ({ step: { kind: 'snooze', ...details }, details })),
  }),
];
