import { z } from 'zod';

import {
  type AlertRuleDefinition,
  alertRuleDefinitionSchema,
  alertRuleSchema,
  MAX_ALERT_RULES,
} from '../../chaincode/protocol/alerts/rule.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { ruleIdSchema } from '../../chaincode/protocol/identifiers.ts';
import { instantSchema } from '../../chaincode/protocol/message.ts';
import { serves } from '../../chaincode/protocol/tenants.ts';
import { mayForDevices } from '../http/access.ts';
import { integerField } from '../http/fields.ts';
import { IF_MATCH } from '../http/if-match.ts';
import { defineRoute, type Route } from '../http/route.ts';
import type { Judge } from '../policy/judge.ts';
import { putRules, requirePut, resourceOfRule } from './alert-rule-putting.ts';
import { tryAlertRule } from './alert-rule-trial.ts';

const tag = 'Alerts';

const params = z.strictObject({ id: ruleIdSchema });
const MAX_VERSION = 0xffff_ffff;

/** Rules of no tenant are the consortium's: everybody's to see, and to change for those who serve all tenants. */
function isVisible({ tenant }: Pick<AlertRuleDefinition, 'tenant'>, judge: Judge): boolean {
  return tenant === null || serves(judge.tenants, tenant);
}

const noSuchRule = (id: string): BiotError => new BiotError('NOT_FOUND', `there is no alert rule ${id}`);

const READ = ['DATABASE_UNAVAILABLE'] as const;
const PUT = [
  'DEVICE_UNKNOWN',
  'TYPE_UNKNOWN',
  'SENSOR_UNKNOWN',
  'VALUE_INVALID',
  'DATABASE_UNAVAILABLE',
] as const;

const listRules = defineRoute({
  method: 'get',
  path: '/api/v1/alert-rules',
  tag,
  operation: 'listAlertRules',
  summary: 'List or export the rules of alerts',
  description: 'All that the asker may see, in the order of their ids. The answer can be imported as it is.',
  access: mayForDevices('alert-rule:read', 'last-known'),
  request: z.strictObject({}),
  answer: {
    status: 200,
    description: 'The rules',
    schema: z.strictObject({ rules: z.array(alertRuleSchema) }).meta({ id: 'AlertRules' }),
  },
  refusals: READ,
  async handle({ caller: { judge }, parts: { alerts } }) {
    const rules = await alerts.rules();
    return {
      rules: rules.filter(
        ({ definition }) =>
          isVisible(definition, judge) && judge.allows('alert-rule:read', resourceOfRule(definition)),
      ),
    };
  },
});

const versionSchema = z
  .strictObject({
    version: z.int().min(1),
    author: z.string(),
    updatedAt: instantSchema,
    definition: alertRuleDefinitionSchema
      .nullable()
      .meta({ description: 'Null where the rule was taken away' }),
  })
  .meta({ id: 'AlertRuleVersion' });

const getRule = defineRoute({
  method: 'get',
  path: '/api/v1/alert-rules/{id}',
  tag,
  operation: 'getAlertRule',
  summary: 'Get a rule of alerts',
  description: 'Its versions, the newest first: who made each, and when. At most 100.',
  access: mayForDevices('alert-rule:read', 'last-known'),
  request: z.strictObject({ params }),
  answer: {
    status: 200,
    description: 'The versions',
    schema: z.strictObject({ versions: z.array(versionSchema) }).meta({ id: 'AlertRuleHistory' }),
  },
  refusals: ['NOT_FOUND', ...READ],
  async handle({ request: { params: asked }, caller: { judge }, parts: { alerts } }) {
    const versions = await alerts.versions(asked.id);
    const visible = versions.filter((version) => isVisible(version, judge));
    if (visible.length === 0) throw noSuchRule(asked.id);
    for (const { definition } of visible.slice(0, 1))
      if (definition !== null) judge.require('alert-rule:read', resourceOfRule(definition));
    return {
      versions: visible.map(({ version, author, updatedAt, definition }) => ({
        ...{ version, author, updatedAt, definition },
      })),
    };
  },
});

const putRule = defineRoute({
  method: 'put',
  path: '/api/v1/alert-rules/{id}',
  tag,
  operation: 'putAlertRule',
  summary: 'Put a rule of alerts',
  description:
    'Makes a new rule, or the next version of one; the same again changes nothing. Ingest goes by it within two seconds. ' +
    `Refused with a sentence that says why: a rule that could never fire, or whose alerts could never end. ${IF_MATCH} Of a ` +
    'rule that is not there it is `"0"`.',
  access: mayForDevices('alert-rule:put'),
  request: z.strictObject({
    params,
    query: z.strictObject({
      version: integerField({
        minimum: 0,
        maximum: MAX_VERSION,
        description:
          'That was seen, 0 where there was none: who has seen another is refused. Without it, and without `If-Match`, whatever stands is replaced',
      }).optional(),
    }),
    body: alertRuleDefinitionSchema,
  }),
  answer: { status: 200, description: 'The rule as it is now', schema: alertRuleSchema },
  refusals: [...PUT, 'VERSION_CONFLICT'],
  async handle({ request: { params: asked, query, body }, caller: { session, judge }, exchange, parts }) {
    if (body.id !== asked.id) throw new BiotError('INVALID_ARGUMENT', 'id: not the id of the path');
    const seen = { version: query.version, ifMatch: exchange.header('if-match') };
    await putRules([body], { session, judge, parts, seen });
    const rule = (await parts.alerts.rules()).find(({ definition }) => definition.id === asked.id);
    if (rule === undefined) throw noSuchRule(asked.id);
    exchange.setHeader('ETag', `"${rule.version}"`);
    return rule;
  },
});

const deleteRule = defineRoute({
  method: 'delete',
  path: '/api/v1/alert-rules/{id}',
  tag,
  operation: 'deleteAlertRule',
  summary: 'Take a rule of alerts away',
  description: 'Its active alerts are cleared; its versions stay.',
  access: mayForDevices('alert-rule:put'),
  request: z.strictObject({ params }),
  answer: { status: 204, description: 'It is gone', schema: z.undefined() },
  refusals: ['NOT_FOUND', 'DATABASE_UNAVAILABLE'],
  async handle({ request: { params: asked }, caller: { session, judge }, parts: { alerts, clock } }) {
    const rule = (await alerts.rules()).find(({ definition }) => definition.id === asked.id);
    if (rule === undefined || !isVisible(rule.definition, judge)) throw noSuchRule(asked.id);
    requirePut(rule.definition, judge);
    const { tenant } = rule.definition;
    await alerts.change([
      { id: asked.id, tenant, definition: null, author: session.member.name, now: clock() },
    ]);
    return undefined;
  },
});

const importRules = defineRoute({
  method: 'post',
  path: '/api/v1/alert-rules/import',
  tag,
  operation: 'importAlertRules',
  summary: 'Import rules of alerts',
  description: 'Puts each of these rules, all or none; others stay. Takes what the list answers.',
  access: mayForDevices('alert-rule:put'),
  maximumBytes: 1024 * 1024,
  request: z.strictObject({
    body: z
      .strictObject({
        rules: z
          .array(z.object({ definition: alertRuleDefinitionSchema }))
          .min(1)
          .max(MAX_ALERT_RULES)
          .refine(
            (rules) => new Set(rules.map(({ definition }) => definition.id)).size === rules.length,
            'a rule is there twice',
          ),
      })
      .meta({ id: 'AlertRuleImport' }),
  }),
  answer: {
    status: 200,
    description: 'How many rules were taken',
    schema: z.strictObject({ taken: z.int().min(1) }).meta({ id: 'AlertRulesTaken' }),
  },
  refusals: PUT,
  async handle({ request: { body }, caller: { session, judge }, parts }) {
    await putRules(
      body.rules.map(({ definition }) => definition),
      { session, judge, parts },
    );
    return { taken: body.rules.length };
  },
});

export const alertRuleRoutes: readonly Route[] = [
  listRules,
  getRule,
  putRule,
  deleteRule,
  importRules,
  tryAlertRule,
];
