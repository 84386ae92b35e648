import { expect } from 'chai';

import { ApiProblem } from '../api/problem.ts';
import type { Desire } from '../api/twins.ts';
import type { Twin } from '../api/types.ts';
import { useDesired } from './use-desired.ts';

function twin(version: number, properties: Twin['delta']): Twin {
  return {
    desired: { version, properties, at: 1, by: 'ada' },
    reported: { version: 0, properties: {}, at: null, desiredVersion: null },
    delta: properties,
  };
}

const conflict = new ApiProblem({ code: 'VERSION_CONFLICT', title: 'no', detail: 'no', status: 409 });

/** A gateway that has the twin of one device, as others change it, too. */
function stand(first = twin(1, { interval: 5 })) {
  const server = { twin: first, down: false };
  const asked: Desire[] = [];
  const writing = useDesired(first, {
    read: () => (server.down ? Promise.reject(new Error('down')) : Promise.resolve(server.twin)),
    put: (desire) => {
      asked.push(desire);
      if (desire.version !== server.twin.desired.version) return Promise.reject(conflict);
      server.twin = twin(desire.version + 1, desire.properties);
      return Promise.resolve(server.twin);
    },
  });
  return { server, asked, writing };
}

describe('what is desired, while somebody writes it', () => {
  it('takes the place of the version that was seen', async () => {
    const { writing, asked } = stand();
    expect(writing.text.value).to.equal('{\n  "interval": 5\n}');
    expect(writing.touched.value).to.equal(false);
    writing.text.value = '{"interval":6}';
    expect(writing.touched.value).to.equal(true);
    expect((await writing.put())?.desired.version).to.equal(2);
    expect(asked).to.deep.equal([{ version: 1, properties: { interval: 6 } }]);
  });

  it('is not sent while it is wrong, which is said when it is tried', async () => {
    const { writing, asked } = stand();
    writing.text.value = '[]';
    expect(writing.error.value).to.equal(undefined);
    expect(await writing.put()).to.equal(undefined);
    expect(writing.error.value).to.include('no JSON object');
    writing.text.value = '{}';
    expect(writing.error.value).to.equal(undefined);
    expect(asked).to.deep.equal([]);
  });

  it('is kept when somebody else was faster, and replaces theirs only when that was seen and agreed to', async () => {
    const { writing, asked, server } = stand();
    writing.text.value = '{"interval":6}';
    server.twin = twin(2, { interval: 9 });
    expect(await writing.put()).to.equal(undefined);
    expect(writing.newer.value).to.include({ version: 2, by: 'ada' });
    expect(writing.unanswered.value).to.equal(true);
    expect(await writing.put(), 'not agreed to yet').to.equal(undefined);
    expect(asked).to.have.length(1);
    expect(writing.text.value).to.equal('{"interval":6}');
    writing.replaces.value = true;
    expect(writing.unanswered.value).to.equal(false);
    expect((await writing.put())?.desired).to.deep.include({ version: 3, properties: { interval: 6 } });
  });

  it('asks anew about each newer version, and hears of it also before it is sent', async () => {
    const { writing, asked, server } = stand();
    server.twin = twin(2, {});
    writing.hear(server.twin);
    expect(writing.newer.value?.version).to.equal(2);
    expect(writing.unanswered.value, 'nothing was tried yet').to.equal(false);
    writing.replaces.value = true;
    server.twin = twin(3, {});
    writing.hear(server.twin);
    expect(writing.replaces.value).to.equal(false);
    expect(await writing.put()).to.equal(undefined);
    expect(asked).to.deep.equal([]);
    writing.replaces.value = true;
    server.twin = twin(4, {});
    expect(await writing.put(), 'there was another in between').to.equal(undefined);
    expect(writing.newer.value?.version).to.equal(4);
    expect(writing.replaces.value).to.equal(false);
  });

  it('does not take an answer for the newest that has been overtaken', () => {
    const { writing } = stand();
    writing.hear(twin(3, {}));
    writing.hear(twin(2, {}));
    writing.hear(twin(1, { interval: 5 }));
    expect(writing.newer.value?.version).to.equal(3);
  });

  it('says why it could not be sent, or the newer one not be had', async () => {
    const { writing, server } = stand();
    server.twin = twin(2, {});
    server.down = true;
    const said = await writing.put().catch((error: unknown) => error);
    expect(said).to.include({ message: 'down' });
    const odd = useDesired(twin(1, {}), {
      read: () => Promise.resolve(twin(1, {})),
      put: () => Promise.reject(conflict),
    });
    expect(await odd.put().catch((error: unknown) => error), 'nothing newer to show').to.equal(conflict);
  });
});
