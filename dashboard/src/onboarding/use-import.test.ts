import { expect } from 'chai';

import type { Api } from '../api/endpoints.ts';
import type { ImportFile } from '../api/onboarding.ts';
import { ApiProblem } from '../api/problem.ts';
import type { ImportPlan, ImportRun } from '../api/types.ts';
import { createImport } from './use-import.ts';

const FILE: ImportFile = { name: 'devices.csv', type: 'text/csv', content: new Blob(['id']) };
const PLAN: ImportPlan = { rows: 3, valid: 3, existing: 1, idle: 1, problems: [], others: [] };
const RUN: ImportRun = {
  id: 'r',
  state: 'running',
  total: 2,
  registered: 0,
  skipped: 0,
  activated: 0,
  toActivate: 0,
  problems: [],
  others: [],
  failure: null,
};

function problem(status: number): ApiProblem {
  return new ApiProblem({ code: 'INTERNAL', title: 'no', detail: 'no', status });
}

/** What the gateway answers about a run, one after another. */
function stand(...answers: (Partial<ImportRun> | ApiProblem)[]) {
  const asked: string[] = [];
  const api: Pick<Api, 'planImport' | 'startImport' | 'importRun'> = {
    planImport: () => Promise.resolve(PLAN),
    startImport: (_file, { activate }) => {
      asked.push(activate ? 'start and activate' : 'start');
      return Promise.resolve({ id: 'r' });
    },
    importRun: (id) => {
      asked.push(id);
      const answer = answers.shift() ?? problem(404);
      return answer instanceof ApiProblem ? Promise.reject(answer) : Promise.resolve({ ...RUN, ...answer });
    },
  };
  return { api: api as Api, asked, made: createImport(() => Promise.resolve()) };
}

describe('an import', () => {
  it('looks at the file, and registers nothing by that', async () => {
    const { api, asked, made } = stand();
    expect(made.step.value).to.equal('choose');
    await made.look(api, FILE);
    expect(made.step.value).to.equal('looked');
    expect(made.plan.value).to.deep.equal(PLAN);
    expect(asked).to.deep.equal([]);
  });

  it('is followed to its end', async () => {
    const { api, made, asked } = stand({ registered: 1 }, { state: 'done', registered: 2 });
    await made.look(api, FILE);
    await made.start(api);
    expect(asked).to.deep.equal(['start', 'r', 'r']);
    expect(made.run.value).to.include({ state: 'done', registered: 2 });
    expect(made.step.value).to.equal('ended');
  });

  it('activates the devices when that is wanted', async () => {
    const { api, made, asked } = stand({ state: 'done' });
    await made.look(api, FILE);
    made.activate.value = true;
    await made.start(api);
    expect(asked[0]).to.equal('start and activate');
  });

  it('is followed on when the gateway was away for a moment', async () => {
    const { api, made } = stand(problem(0), problem(503), { state: 'done' });
    await made.look(api, FILE);
    await made.start(api);
    expect(made.problem.value).to.equal(undefined);
    expect(made.step.value).to.equal('ended');
  });

  it('says so when the gateway knows nothing of it any more', async () => {
    const { api, made } = stand({ registered: 1 }, problem(404));
    await made.look(api, FILE);
    await made.start(api);
    expect(made.problem.value).to.include({ status: 404 });
    expect(made.busy.value).to.equal(false);
  });

  it('is not mistaken for that of another file', async () => {
    const { api, made } = stand();
    const slow: Pick<Api, 'planImport'> = { planImport: () => new Promise(() => undefined) };
    void made.look(slow as Api, FILE);
    expect(made.step.value).to.equal('looking');
    await made.look(api, { ...FILE, name: 'others.csv' });
    expect(made.file.value?.name).to.equal('others.csv');
    expect(made.step.value).to.equal('looked');
    made.forget();
    expect(made.step.value).to.equal('choose');
    expect(made.plan.value).to.equal(undefined);
  });
});
