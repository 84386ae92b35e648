import { expect } from 'chai';
import { ref } from 'vue';

import { ApiProblem } from '../api/problem.ts';
import type { NotificationChannel } from '../api/types.ts';
import { usePut } from './use-put.ts';

const conflict = new ApiProblem({ code: 'VERSION_CONFLICT', title: 'no', detail: 'no', status: 409 });

function channel(version: number, name: string, enabled = true): NotificationChannel {
  const destination = { kind: 'email' as const, to: ['night@example.com'] };
  return {
    definition: { name, tenant: null, enabled, minimumSeverity: 'major', rules: null, destination },
    ...{ id: 'one', version, author: 'ada', updatedAt: 1, succeededAt: null, failedAt: null, failure: null },
    ...{ waiting: 0, dead: 0, mayPut: true },
  };
}

/** A gateway that has one channel, as others change it, too. */
function stand() {
  const server = { channels: [channel(1, 'Night')] };
  const draft = ref({ name: 'Night', enabled: true });
  const asked: number[] = [];
  const putting = usePut({
    draft,
    from: server.channels[0],
    draftOf: ({ name, enabled }: NotificationChannel['definition']) => ({ name, enabled }),
    requestOf: (typed) => (typed.name === '' ? { errors: { name: 'none' } } : { request: { ...typed } }),
    add: () => Promise.resolve({ secret: null }),
    change: (seen, { name, enabled }) => {
      asked.push(seen.version);
      if (seen.version !== server.channels[0]?.version) return Promise.reject(conflict);
      const made = channel(seen.version + 1, name, enabled);
      server.channels = [made];
      return Promise.resolve(made);
    },
    read: () => Promise.resolve(server.channels),
  });
  return { server, draft, asked, putting };
}

describe('a form of what leads outside', () => {
  it('changes the version that it began with, once what was typed is right', async () => {
    const { server, draft, asked, putting } = stand();
    draft.value.name = '';
    expect(await putting.put()).to.equal(undefined);
    expect([putting.errors.value, asked]).to.deep.equal([{ name: 'none' }, []]);
    draft.value.name = 'Day';
    expect(await putting.put()).to.deep.equal({ name: 'Day', enabled: true });
    expect([server.channels[0]?.version, putting.errors.value]).to.deep.equal([2, undefined]);
  });

  it('keeps what was typed and shows the newer one, which it changes once that was taken', async () => {
    const { server, draft, asked, putting } = stand();
    draft.value.name = 'Day';
    server.channels = [channel(2, 'Night', false)];
    for (let count = 0; count < 2; count += 1) expect(await putting.put()).to.equal(undefined);
    expect([draft.value.name, putting.newer.value?.version, asked]).to.deep.equal(['Day', 2, [1, 1]]);
    putting.takeNewer();
    expect([draft.value, putting.newer.value]).to.deep.equal([{ name: 'Night', enabled: false }, undefined]);
    draft.value.name = 'Day';
    expect(await putting.put()).to.deep.equal({ name: 'Day', enabled: false });
    expect(server.channels[0]).to.deep.equal(channel(3, 'Day', false));
  });

  it('says that there is none any more', async () => {
    const { server, putting } = stand();
    server.channels = [];
    expect(await putting.put().catch((error: unknown) => error)).to.equal(conflict);
    expect(putting.newer.value).to.equal(undefined);
  });
});
