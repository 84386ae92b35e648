import { expect } from 'chai';

import { HOT } from '../../../chaincode/protocol/testing/alert-rules.ts';
import type { Alert } from '../api/types.ts';
import { addressOf, filterOf, isFiltered, questionOf } from './alert-filter.ts';
import { ALERT_STATES, commentOf, factsOf, stateOf, stepText, titleOf } from './alert-words.ts';
import { emptyHandling, handleable, handleEach, handlingOf, VERB_NAMES } from './handling.ts';

function alert(changes: Partial<Alert> = {}): Alert {
  return {
    ...{ id: '7', device: 'press-07', tenant: 'acme', type: 'threshold', severity: 'major' },
    ...{ rule: { id: 'hot', version: 2 }, active: true, acknowledged: false, value: 85, lastValue: 85 },
    ...{ lastAt: 5, times: 1, details: { description: 'The press is hot' }, createdAt: 5, clearedAt: null },
    ...{ acknowledgedAt: null, assignee: null, snoozedUntil: null, mayHandle: true },
    ...changes,
  };
}

describe('the filter of alerts', () => {
  const all = { severity: '', state: '', device: '', rule: '', mine: false };

  it('stands in the page’s address, and comes back from it', () => {
    const filter = { ...all, severity: 'major', state: 'seen', device: ' press-07 ', mine: true };
    const address = addressOf(filter);
    expect(address).to.deep.equal({ severity: 'major', state: 'seen', device: 'press-07', mine: 'true' });
    expect(filterOf(address)).to.deep.equal({ ...filter, device: 'press-07' });
    expect([isFiltered(filter), isFiltered(all), isFiltered(filterOf({ device: ['a', 'b'] }))]).to.deep.equal(
      [true, false, false],
    );
  });

  it('asks for each of the four states by what the gateway knows', () => {
    const asked = ALERT_STATES.map(({ value }) => questionOf({ ...all, state: value }));
    expect(new Set(asked.map((question) => JSON.stringify(question))).size).to.equal(4);
    for (const [index, { value, active, acknowledged }] of ALERT_STATES.entries()) {
      expect(asked[index]).to.deep.equal({ active, acknowledged });
      expect(stateOf(alert({ active: active === 'true', acknowledged: acknowledged === 'true' }))).to.equal(
        value,
      );
    }
    expect(questionOf({ ...all, mine: true }, 'operator@operator')).to.deep.equal({
      assignee: 'operator@operator',
    });
  });
});

describe('the words of an alert', () => {
  const { condition } = HOT;

  it('are those of its rule, or say what the platform noticed', () => {
    expect(titleOf(alert())).to.equal('The press is hot');
    expect(titleOf(alert({ type: 'no-data', details: {} }))).to.equal('Nothing was heard');
    expect(titleOf(alert({ type: 'RECONNECT', details: { description: 7 } }))).to.equal('RECONNECT');
  });

  it('say what came, with its unit, and what came since', () => {
    expect(factsOf(alert(), condition)).to.deep.equal([
      { name: 'Sensor', text: 'Temperature' },
      { name: 'Came', text: '85.00 °C' },
    ]);
    const later = factsOf(alert({ times: 3, lastValue: 99 }), condition);
    expect(later.map(({ text }) => text).join())
      .to.include('99.00 °C')
      .and.include('3 times');
    expect(factsOf(alert({ value: null, type: 'no-data' }))).to.deep.equal([
      { name: 'Came', text: 'nothing' },
    ]);
  });

  it('of the platform itself say all that it noticed', () => {
    const noticed = { rule: null, details: { logId: 'ingest-1@operator', batches: [3, 4] } };
    expect(factsOf(alert(noticed))).to.deep.equal([
      { name: 'logId', text: 'ingest-1@operator' },
      { name: 'batches', text: '[3,4]' },
    ]);
  });

  it('say of an anomaly what was expected', () => {
    const details = {
      ...{ score: 0.61, reason: 'spike', measured: 'value', came: 40, expected: 20, low: 18, high: 22 },
    };
    const facts = factsOf(alert({ type: 'anomaly', details, value: 40 }), {
      ...{ kind: 'anomaly', sensor: 'temperature', threshold: 0.5 },
    });
    expect(Object.fromEntries(facts.map(({ name, text }) => [name, text]))).to.deep.equal({
      ...{ Sensor: 'Temperature', Kind: 'spike', 'Judged by': 'The reading', Score: '0.61 of 1' },
      ...{ Expected: '20.00 °C, between 18.00 °C and 22.00 °C', Came: '40.00 °C' },
    });
    expect(factsOf(alert({ type: 'anomaly', details: {} }))).to.deep.equal([]);
  });

  it('tell each step, whatever its details hold', () => {
    const steps = ['raise', 'escalate', 'acknowledge', 'clear', 'assign', 'comment', 'snooze'] as const;
    for (const step of steps)
      for (const details of [{}, { until: 'soon', to: 3, assignee: null, reason: [] }])
        expect(stepText({ step, details })).to.match(/^[a-z]/);
    expect(stepText({ step: 'assign', details: { assignee: 'a@b' } })).to.equal('assigned it to a@b');
    expect(stepText({ step: 'clear', details: { value: 60 } })).to.equal('cleared it: 60.00 came');
    expect(stepText({ step: 'clear', details: { reason: 'the rule was taken away' } })).to.include(
      'taken away',
    );
    expect([commentOf({ details: { comment: 'on my way' } }), commentOf({ details: {} })]).to.deep.equal([
      'on my way',
      '',
    ]);
  });
});

describe('what people do to alerts', () => {
  it('is offered for those to which it can be done, by whoever may', () => {
    const alerts = [
      alert({ id: '1' }),
      alert({ id: '2', acknowledged: true }),
      alert({ id: '3', active: false }),
      alert({ id: '4', mayHandle: false }),
    ];
    const offered = VERB_NAMES.map((verb) => [
      verb,
      handleable(verb, alerts)
        .map(({ id }) => id)
        .join(''),
    ]);
    expect(Object.fromEntries(offered)).to.deep.equal({
      ...{ acknowledge: '13', clear: '12', assign: '123', snooze: '12', comment: '123' },
    });
  });

  it('is asked for as the gateway takes it', () => {
    const draft = { ...emptyHandling('a@b'), comment: ' on my way ' };
    expect(handlingOf('acknowledge', draft, 0)?.body).to.deep.equal({ comment: 'on my way' });
    expect(handlingOf('clear', emptyHandling(), 0)?.body).to.deep.equal({});
    expect(handlingOf('assign', draft, 0)?.body).to.deep.equal({ assignee: 'a@b' });
    expect(handlingOf('assign', emptyHandling(), 0)?.body).to.deep.equal({ assignee: null });
    expect(handlingOf('snooze', draft, 1_000)?.body).to.deep.equal({ until: 3_601_000 });
    expect(handlingOf('comment', { ...draft, comment: ' ' }, 0)).to.equal(undefined);
  });

  it('is done to each although some are refused, and those are named', async () => {
    const done: string[] = [];
    const refused = await handleEach(
      [alert({ id: '1' }), alert({ id: '2' }), alert({ id: '3' })],
      ({ id }) => {
        if (id === '2') return Promise.reject(new Error('it is cleared already'));
        done.push(id);
        return Promise.resolve();
      },
    );
    expect(done).to.deep.equal(['1', '3']);
    expect(refused.map(({ alert: { id }, problem }) => [id, problem.detail])).to.deep.equal([
      ['2', 'it is cleared already'],
    ]);
  });
});
