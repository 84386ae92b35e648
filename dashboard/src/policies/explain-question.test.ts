import { expect } from 'chai';

import type { Member } from '../api/types.ts';
import { OTHER, type QuestionDraft, questionOf } from './explain-question.ts';

const self: Member = { name: 'admin@operator', org: 'OperatorMSP', role: 'admin', tenants: '*' };
const other: Member = { name: 'ingest-1@manufacturer', org: 'ManufacturerMSP', role: 'ingest', tenants: '*' };
const draft: QuestionDraft = {
  who: '',
  role: 'operator',
  org: 'AuditorMSP',
  action: 'device:revoke',
  device: '',
};

function ask(fields: Partial<QuestionDraft>) {
  return questionOf({ ...draft, ...fields }, [self, other], self);
}

describe('the question why', () => {
  it('is about oneself and what one’s organisation owns, unless said otherwise', () => {
    expect(ask({})).to.deep.equal({ action: 'device:revoke', resource: { org: 'OperatorMSP' } });
  });

  it('is about a device when one is named', () => {
    expect(ask({ device: ' press-01 ' }).resource).to.deep.equal({ device: 'press-01' });
  });

  it('is about a member, and that member’s own organisation and log', () => {
    expect(ask({ who: other.name })).to.deep.equal({
      subject: other,
      action: 'device:revoke',
      resource: { org: 'ManufacturerMSP' },
    });
    expect(ask({ who: other.name, action: 'anchor:append' }).resource).to.deep.equal({ log: other.name });
  });

  it('is about somebody of a role', () => {
    expect(ask({ who: OTHER }).subject).to.deep.equal({
      name: 'somebody@auditor',
      org: 'AuditorMSP',
      role: 'operator',
      tenants: '*',
    });
  });

  it('has no device where the action has none', () => {
    expect(ask({ action: 'policy:approve', device: 'press-01' }).resource).to.deep.equal({});
  });
});
