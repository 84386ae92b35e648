import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { Backoff } from './backoff.ts';
import { DeviceTwin } from './device-twin.ts';

describe('device twin', () => {
  it('says what it has until that is taken, and only what it said last', async () => {
    const twin = new DeviceTwin(undefined, new Backoff({ first: 1, longest: 1 }));
    const sent: unknown[] = [];
    twin.report({ led: 1 });
    twin.report({ led: 2 });
    await new Promise<void>((resolve) => {
      twin.connected((payload, settled) => {
        sent.push(JSON.parse(payload));
        settled(sent.length > 1);
        if (sent.length > 1) resolve();
      });
    });
    expect(sent).to.deep.equal([{ properties: { led: 2 } }, { properties: { led: 2 } }]);
    twin.disconnected();
    twin.connected(() => sent.push('again'));
    expect(sent).to.have.length(2);
  });

  it('is told what is wanted, and names the version when it reports', () => {
    const told: unknown[] = [];
    const twin = new DeviceTwin((desired) => told.push(desired));
    const desired = { version: 3, properties: { led: 1 }, delta: { led: 1 } };
    for (const payload of ['{', 'null', '{"version":-1}', JSON.stringify(desired)])
      twin.receive(Buffer.from(payload));
    expect(told).to.deep.equal([desired]);
    const sent: unknown[] = [];
    twin.connected((payload) => sent.push(JSON.parse(payload)));
    twin.report({ led: 1 });
    expect(sent).to.deep.equal([{ properties: { led: 1 }, desiredVersion: 3 }]);
  });

  it('does not take what the platform would refuse', () => {
    expect(() => {
      new DeviceTwin().report({ text: 'x'.repeat(9_000) });
    }).to.throw(BiotError);
  });
});
