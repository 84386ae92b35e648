import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { z } from 'zod';

import { HOT } from '../../chaincode/protocol/testing/alert-rules.ts';
import { type Answer, ask, eventually, signIn, testHome } from '../harness/instance.ts';
import { Outage } from '../harness/outage.ts';
import { makeActiveDevice, type TestDevice } from '../harness/test-device.ts';

const alertSchema = z.looseObject({
  id: z.string(),
  rule: z.object({ id: z.string() }).nullable(),
  severity: z.string(),
  active: z.boolean(),
  acknowledged: z.boolean(),
  times: z.number(),
  lastValue: z.number().nullable(),
});
type Alert = z.infer<typeof alertSchema>;

const frameSchema = z.looseObject({
  type: z.string(),
  device: z.string().optional(),
  step: z.string().optional(),
});

describe('alerts of a device', function () {
  this.timeout(180_000);
  const home = testHome();
  const outage = new Outage(home);
  let device: TestDevice;
  let token: string;
  let socket: WebSocket;
  let seq = 0;
  const told: string[] = [];
  const frames: string[] = [];

  before(async () => {
    device = await makeActiveDevice(home, 'hot');
    token = await signIn(home, 'admin@manufacturer');
    socket = new WebSocket(`wss://127.0.0.1:${home.ports.gateway}/api/v1/live`, {
      ca: readFileSync(home.path('pki', 'platform-ca', 'cert.pem')),
    });
    socket.once('open', () => {
      socket.send(JSON.stringify({ type: 'sign-in', token }));
      socket.send(JSON.stringify({ type: 'watch', devices: [], alerts: true }));
    });
    socket.on('message', (data: Buffer) => {
      const frame = frameSchema.parse(JSON.parse(data.toString()));
      frames.push(frame.type);
      if (frame.type === 'alert' && frame.device === device.id) told.push(frame.step ?? '');
    });
    await eventually(() => frames.includes('signed-in'), 'the sign-in');
  });

  after(async () => {
    socket.close();
    await outage.end();
  });

  function api(method: string, path: string, body?: unknown): Promise<Answer> {
    return ask(home, `/api/v1${path}`, { method, token, ...(body !== undefined && { body }) });
  }

  async function put(id: string, changes: object): Promise<void> {
    const rule = { ...HOT, id, devices: { device: device.id }, ...changes };
    const answer = await api('PUT', `/alert-rules/${id}`, rule);
    expect(answer.status, JSON.stringify(answer.body)).to.equal(200);
  }

  async function alerts(rule: string): Promise<Alert[]> {
    const { body } = await api('GET', `/alerts?device=${device.id}&rule=${rule}`);
    return z.object({ alerts: z.array(alertSchema) }).parse(body).alerts;
  }

  async function send(temperature: number): Promise<void> {
    seq += 1;
    const ran = await device.publish(JSON.stringify({ seq, ts: Date.now(), values: { temperature } }));
    expect(ran.code, ran.error).to.equal(0);
  }

  /** Waits until the rule’s newest alert is so. */
  async function becomes(rule: string, fields: Partial<Alert>): Promise<Alert> {
    let newest: Alert | undefined;
    await eventually(
      async () => {
        [newest] = await alerts(rule);
        return Object.entries(fields).every(([name, value]) => newest?.[name] === value);
      },
      `${rule}: ${JSON.stringify(fields)}, not ${JSON.stringify(await alerts(rule))}`,
    );
    if (newest === undefined) throw new Error('there is no alert');
    return newest;
  }

  it('are raised once by a rule, counted, and escalate as long as nobody looks', async () => {
    await put(`${device.id}-hot`, { escalation: { afterSeconds: 2, to: 'critical' } });
    await eventually(async () => {
      await send(90);
      return (await alerts(`${device.id}-hot`)).length > 0;
    }, 'the rule to be gone by');
    await send(95);
    await becomes(`${device.id}-hot`, { active: true, acknowledged: false, lastValue: 95 });
    await becomes(`${device.id}-hot`, { severity: 'critical' });
    expect(await alerts(`${device.id}-hot`)).to.have.length(1);
    await eventually(() => ['raise', 'escalate'].every((step) => told.includes(step)), 'the frames');
  });

  it('stay one alert when ingest is killed, and what came meanwhile is looked at', async () => {
    const rule = `${device.id}-hot`;
    const [before] = await alerts(rule);
    await outage.kill('ingest');
    await send(97);
    await outage.end();
    const alert = await becomes(rule, { lastValue: 97 });
    expect(alert.id).to.equal(before?.id);
    expect(alert.times).to.equal((before?.times ?? 0) + 1);
    expect(await alerts(rule)).to.have.length(1);
  });

  it('are acknowledged by people and cleared by hysteresis, each with its entry', async () => {
    const rule = `${device.id}-hot`;
    const { id } = await becomes(rule, { active: true });
    expect((await api('POST', `/alerts/${id}/acknowledge`, { comment: 'on my way' })).status).to.equal(200);
    await send(75);
    await send(60);
    await becomes(rule, { active: false, acknowledged: true });
    const { body } = await api('GET', `/alerts/${id}`);
    const { timeline } = z
      .looseObject({ timeline: z.array(z.object({ step: z.string(), author: z.string() })) })
      .parse(body);
    expect(timeline.map(({ step, author }) => `${step} ${author}`)).to.deep.equal([
      `raise rule ${rule}`,
      'escalate ingest-1@operator',
      'acknowledge admin@manufacturer',
      'clear ingest-1@operator',
    ]);
    expect((await api('POST', `/alerts/${id}/clear`, {})).status).to.equal(409);
    await send(90);
    await eventually(async () => (await alerts(rule)).length === 2, 'another alert');
    await eventually(() => told.filter((step) => step === 'raise').length === 2, 'its frame');
  });

  it('are raised for silence, and end with it', async () => {
    const rule = `${device.id}-silent`;
    await put(rule, { condition: { kind: 'no-data', forSeconds: 4 } });
    const { id } = await becomes(rule, { active: true });
    await send(20);
    // It is silent again four seconds later, which is another alert.
    await eventually(
      async () => (await alerts(rule)).some((alert) => alert.id === id && !alert.active),
      'the end of the alert',
    );
    expect((await api('DELETE', `/alert-rules/${rule}`)).status).to.equal(204);
  });

  it('would have been raised by a rule that is tried over what is stored', async () => {
    const rule = { ...HOT, devices: { device: device.id } };
    const { body } = await api('POST', '/alert-rules/dry-run', {
      rule,
      from: Date.now() - 3_600_000,
      to: Date.now(),
    });
    expect(body).to.deep.include({ fired: 2, devices: 1, complete: true });
  });

  it('end with their rule', async () => {
    const rule = `${device.id}-ends`;
    await put(rule, {});
    await eventually(async () => {
      await send(99);
      return (await alerts(rule)).length > 0;
    }, 'the alert');
    expect((await api('DELETE', `/alert-rules/${rule}`)).status).to.equal(204);
    await becomes(rule, { active: false });
  });
});
