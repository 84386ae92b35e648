import { expect } from 'chai';

import { ApiProblem, asProblem, problemFromAnswer, unreachable } from './problem.ts';

describe('problems of the gateway', () => {
  it('keeps title, detail, code and status of a problem document', () => {
    const body = {
      type: '/docs',
      title: 'Not allowed',
      detail: 'no rule allows it',
      status: 403,
      code: 'FORBIDDEN',
    };
    const problem = problemFromAnswer(403, JSON.stringify(body));
    expect(problem).to.include({
      title: 'Not allowed',
      detail: 'no rule allows it',
      code: 'FORBIDDEN',
      status: 403,
    });
  });

  it('tells what is wrong with each field, the first of it, in a sentence', () => {
    const errors = [
      { in: 'body', pointer: '#/next', detail: 'too short' },
      { in: 'body', pointer: '#/next', detail: 'and ugly' },
      { in: 'body', pointer: '#/devices/0/id', detail: 'no id' },
    ];
    const problem = problemFromAnswer(400, JSON.stringify({ code: 'INVALID_ARGUMENT', errors }));
    expect(problem.fields).to.deep.equal({ next: 'Too short.', devices: 'No id.' });
    expect(problemFromAnswer(403, '{}').fields).to.deep.equal({});
  });

  it('makes a problem of an answer that is none, such as a proxy’s page', () => {
    const problem = problemFromAnswer(502, '<html>Bad gateway</html>');
    expect(problem.code).to.equal('INTERNAL');
    expect(problem.title).to.contain('502');
    expect(problem.detail).not.to.contain('<html>');
  });

  it('does not take over a code or text of the wrong type', () => {
    const problem = problemFromAnswer(400, JSON.stringify({ title: 'x', code: 'MADE_UP' }));
    expect(problem.code).to.equal('INTERNAL');
    expect(problemFromAnswer(400, JSON.stringify({ title: 7 })).title).to.contain('400');
  });

  it('says that the gateway does not answer, and keeps the cause', () => {
    const cause = new TypeError('fetch failed');
    const problem = unreachable(cause);
    expect(problem).to.include({ code: 'UNREACHABLE', status: 0, cause });
  });

  it('passes problems on and wraps everything else', () => {
    const problem = problemFromAnswer(404, '{}');
    expect(asProblem(problem)).to.equal(problem);
    expect(asProblem(new RangeError('too far')))
      .to.be.instanceOf(ApiProblem)
      .and.include({ detail: 'too far' });
    expect(asProblem('text').detail).to.equal('text');
  });
});
