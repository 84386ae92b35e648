import { expect } from 'chai';

import type { Member } from '../api/types.ts';
import { ApiProblem } from '../api/problem.ts';
import { Session } from './session.ts';

const MEMBER: Member = { name: 'admin@operator', role: 'admin', org: 'OperatorMSP', tenants: '*' };

function grant(accessToken: string, expiresIn = 100): Response {
  return new Response(JSON.stringify({ accessToken, expiresIn, member: MEMBER }));
}

function refusal(status: number, code: string): Response {
  return new Response(JSON.stringify({ title: 'no', code }), { status });
}

function stand() {
  const answers: (Response | Error)[] = [];
  const asked: string[] = [];
  const members: (Member | undefined)[] = [];
  const timers: { task: () => void; milliseconds: number; cancelled: boolean }[] = [];
  const session = new Session({
    fetch: (address) => {
      asked.push((address as string).replace('/api/v1/auth/', ''));
      const answer = answers.shift() ?? new Error('no answer');
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    exclusive: (task) => task(),
    schedule: (task, milliseconds) => {
      const timer = { task, milliseconds, cancelled: false };
      timers.push(timer);
      return () => {
        timer.cancelled = true;
      };
    },
    onChange: (member) => members.push(member),
  });
  const pending = () => timers.filter(({ cancelled }) => !cancelled);
  return { session, answers, asked, members, pending };
}

describe('session', () => {
  it('keeps token and member after signing in, and says so', async () => {
    const { session, answers, members } = stand();
    answers.push(grant('one'));
    await session.signIn('admin@operator', 'secret');
    expect(session.token).to.equal('one');
    expect(session.member).to.deep.equal(MEMBER);
    expect(members).to.deep.equal([MEMBER]);
  });

  it('reports a wrong password and stays signed out', async () => {
    const { session, answers, members } = stand();
    answers.push(refusal(401, 'UNAUTHENTICATED'));
    const failure = await session.signIn('a@b', 'x').catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(ApiProblem).and.include({ code: 'UNAUTHENTICATED' });
    expect(session.token).to.equal(undefined);
    expect(members).to.deep.equal([]);
  });

  it('refuses an answer of another form', async () => {
    const { session, answers } = stand();
    answers.push(new Response('{"accessToken":""}'));
    expect(await session.signIn('a@b', 'x').catch((error: unknown) => error)).to.be.instanceOf(ApiProblem);
    expect(session.token).to.equal(undefined);
  });

  it('renews before the token expires', async () => {
    const { session, answers, pending } = stand();
    answers.push(grant('one', 100), grant('two', 100));
    await session.signIn('a@b', 'x');
    expect(pending().map(({ milliseconds }) => milliseconds)).to.deep.equal([80_000]);
    await session.renew();
    expect(session.token).to.equal('two');
    expect(pending(), 'the former renewal is cancelled').to.have.length(1);
  });

  it('asks once for however many that want a new token at the same time', async () => {
    const { session, answers, asked } = stand();
    answers.push(grant('one'));
    const tokens = await Promise.all([session.renew(), session.renew(), session.renew()]);
    expect(tokens).to.deep.equal(['one', 'one', 'one']);
    expect(asked).to.deep.equal(['refresh']);
  });

  it('asks anew the next time', async () => {
    const { session, answers, asked } = stand();
    answers.push(grant('one'), grant('two'));
    await session.renew();
    expect(await session.renew()).to.equal('two');
    expect(asked).to.have.length(2);
  });

  it('ends when the gateway refuses to go on', async () => {
    const { session, answers, members, pending } = stand();
    answers.push(grant('one'), refusal(401, 'TOKEN_EXPIRED'));
    await session.signIn('a@b', 'x');
    expect(await session.renew()).to.equal(undefined);
    expect(members.at(-1)).to.equal(undefined);
    expect(pending()).to.deep.equal([]);
  });

  for (const [what, answer] of [
    ['nothing answers', new TypeError('fetch failed')],
    ['the gateway is in trouble', refusal(503, 'DATABASE_UNAVAILABLE')],
    ['it asks to slow down', refusal(429, 'RATE_LIMITED')],
  ] as const) {
    it(`keeps the session and tries again soon when ${what}`, async () => {
      const { session, answers, pending } = stand();
      answers.push(grant('one'), answer);
      await session.signIn('a@b', 'x');
      expect(await session.renew()).to.equal('one');
      expect(pending().map(({ milliseconds }) => milliseconds)).to.deep.equal([5_000]);
    });
  }

  it('forgets the token at once when signing out, even when nothing answers', async () => {
    const { session, answers, members, pending } = stand();
    answers.push(grant('one'));
    await session.signIn('a@b', 'x');
    const leaving = session.signOut();
    expect(session.token).to.equal(undefined);
    expect(members.at(-1)).to.equal(undefined);
    expect(pending()).to.deep.equal([]);
    await leaving;
  });
});
