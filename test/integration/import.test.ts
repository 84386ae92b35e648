import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { z } from 'zod';

import type { Device, Registration } from '../../chaincode/protocol/device.ts';
import { CHECKOUT } from '../../network/home/home.ts';
import { csvOf } from '../../network/import/testing/csv-file.ts';
import { problemSchema } from '../../network/import/problems.ts';
import { type RegistryLedger, registryLedger } from '../../network/ledger/registry.ts';
import { GENERIC } from '../../network/initial-types.ts';
import { generateKeyPair, publicKeyPem } from '../../network/pki/keys.ts';
import { type Answer, ask, eventually, lastJson, runScript, signIn, testHome } from '../harness/instance.ts';
import { membersOf } from '../harness/members.ts';

const ADMIN = 'admin@operator';
const ROWS = 4_000;
const PAGE = 1_000;
/** Thousands of registrations take their time on a busy machine. */
const PATIENCE_MS = 90_000;

const resultSchema = z.looseObject({
  outcome: z.string(),
  rows: z.number(),
  valid: z.number(),
  existing: z.number(),
  registered: z.number(),
  activated: z.number(),
  problems: z.array(problemSchema),
});

const runSchema = z.looseObject({ state: z.string() });

describe('a file of devices, imported into a running consortium', function () {
  this.timeout(180_000);
  const home = testHome();
  const members = membersOf(home);
  const folder = mkdtempSync(join(tmpdir(), 'biot-import-'));
  const file = join(folder, 'devices.csv');
  let prefix: string;
  let registry: RegistryLedger;

  beforeEach(() => {
    prefix = `lot-${randomBytes(4).toString('hex')}`;
    registry = registryLedger(members.as(ADMIN));
  });
  after(() => {
    members.close();
    rmSync(folder, { recursive: true });
  });

  function registrations(): Registration[] {
    return Array.from({ length: ROWS }, (_, index) => ({
      id: `${prefix}-${String(index).padStart(5, '0')}`,
      tenant: 'acme',
      type: GENERIC,
      publicKey: publicKeyPem(generateKeyPair().publicKey),
      groups: ['hall-7'],
      tags: { place: `row ${index}, "left"` },
    }));
  }

  /** The devices of this test that the ledger has. */
  async function onLedger(): Promise<Device[]> {
    const found: Device[] = [];
    let bookmark = prefix;
    do {
      const page = await registry.list(PAGE, bookmark);
      found.push(...page.devices.filter(({ id }) => id.startsWith(prefix)));
      ({ bookmark } = page);
    } while (bookmark.startsWith(prefix));
    return found;
  }

  async function isBegun(): Promise<boolean> {
    const { devices } = await registry.list(1, prefix);
    return devices[0]?.id.startsWith(prefix) === true;
  }

  const imported = async (...options: string[]) => {
    const { code, out, error } = await runScript('import', file, '--as', ADMIN, '--json', ...options);
    return { code, error, result: lastJson(out, resultSchema) };
  };

  /** Begins the command, and ends it by a signal as soon as the ledger has the first devices. */
  async function brokenOff(signal: 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    const command = [join(CHECKOUT, 'scripts', 'import.ts'), file, '--as', ADMIN];
    const child = spawn(process.execPath, command, { cwd: CHECKOUT, stdio: 'ignore' });
    const ended = once(child, 'exit');
    await eventually(isBegun, 'the first devices', PATIENCE_MS);
    child.kill(signal);
    await ended;
    return child.exitCode;
  }

  it('is looked at first: every bad row is named, and nothing registered', async () => {
    const rows = registrations();
    const spoilt: [number, Partial<Registration>, string | null][] = [
      [100, { id: 'Press 07' }, 'id'],
      [200, { id: 'x'.repeat(1_000) }, 'id'],
      [300, { tenant: 'a/b' }, 'tenant'],
      [400, { type: 'unheard-of' }, 'type'],
      [500, { publicKey: 'none' }, 'public_key'],
      [600, { groups: ['hall-7', 'hall-7'] }, 'groups'],
      [700, { id: rows[699]?.id ?? '' }, 'id'],
    ];
    const places = spoilt.map(([index, , column]) => `${index + 2} ${column ?? ''}`);
    writeFileSync(
      file,
      csvOf(rows.map((row, index) => ({ ...row, ...spoilt.find(([at]) => at === index)?.[1] }))),
    );
    for (const [options, outcome] of [
      [['--dry-run'], 'dry run'],
      [[], 'refused'],
    ] as const) {
      const { code, result, error } = await imported(...options);
      expect(code, error).to.equal(1);
      expect(result).to.include({ outcome, rows: ROWS, valid: ROWS - 7, existing: 0, registered: 0 });
      expect(result.problems.map(({ line, column }) => `${line} ${column ?? ''}`)).to.deep.equal(places);
    }
    expect(await onLedger()).to.deep.equal([]);
  });

  it('is registered once, also when the run is killed in the middle and begun again', async () => {
    const rows = registrations();
    writeFileSync(file, csvOf(rows));
    expect(await brokenOff('SIGKILL')).to.equal(null);
    const before = (await onLedger()).length;

    const { code, result, error } = await imported();
    expect(code, error).to.equal(0);
    expect(result).to.include({ outcome: 'complete', rows: ROWS, valid: ROWS });
    expect(result.existing).to.be.within(Math.max(1, before), ROWS - 1);

    const devices = await onLedger();
    expect(devices.map(({ id }) => id)).to.deep.equal(rows.map(({ id }) => id));
    for (const [index, row] of rows.entries())
      expect(devices[index]).to.deep.include({ ...row, org: 'OperatorMSP', status: 'registered' });
    for (const { id } of rows.filter((_, index) => index % 100 === 0))
      expect(await registry.history(id)).to.have.length(1);

    const again = await imported();
    expect(again.code).to.equal(0);
    expect(again.result).to.include({ outcome: 'complete', existing: ROWS, registered: 0 });
  });

  it('is left at a transaction’s end by Ctrl-C, and what was begun is counted', async () => {
    writeFileSync(file, csvOf(registrations()));
    expect(await brokenOff('SIGINT')).to.equal(130);
    const devices = await onLedger();
    expect(devices.length).to.be.within(1, ROWS - 1);
    const { result } = await imported('--dry-run');
    expect(result).to.include({ valid: ROWS, existing: devices.length });
  });

  it('is activated when that is asked for, also what was registered before', async () => {
    const rows = registrations().slice(0, 250);
    writeFileSync(file, csvOf(rows.slice(0, 40)));
    expect((await imported()).result).to.include({ registered: 40, activated: 0 });
    writeFileSync(file, csvOf(rows));
    const { code, result, error } = await imported('--activate');
    expect(code, error).to.equal(0);
    expect(result).to.include({ outcome: 'complete', existing: 40, registered: 210, activated: 250 });
    const devices = await onLedger();
    expect(devices.map(({ id, status }) => `${id} ${status}`)).to.deep.equal(
      rows.map(({ id }) => `${id} active`),
    );
    expect((await imported('--activate')).result).to.include({ existing: 250, registered: 0, activated: 0 });
  });

  it('is none of who asks when the devices are another organisation’s', async () => {
    writeFileSync(file, csvOf(registrations().slice(0, 2)));
    expect((await runScript('import', file, '--as', 'admin@manufacturer')).code).to.equal(0);
    await eventually(async () => (await onLedger()).length === 2, 'the operator’s peer to have them');
    const { code, result } = await imported();
    expect(code).to.equal(1);
    expect(result).to.include({ outcome: 'refused', existing: 0, registered: 0 });
    expect(result.problems[0]?.message).to.include("is registered already, as ManufacturerMSP's");
  });

  it('is imported through the gateway, signed by the person who asks, and skipped when it comes again', async () => {
    const token = await signIn(home, ADMIN);
    const rows = registrations().slice(0, 600);
    const post = (path: string, body: unknown): Promise<Answer> =>
      ask(home, `/api/v1/imports${path}`, { method: 'POST', token, body });
    const run = async () => {
      const { id } = z.object({ id: z.string() }).parse((await post('', rows)).body);
      let seen = runSchema.parse((await ask(home, `/api/v1/imports/${id}`, { token })).body);
      const isOver = async (): Promise<boolean> => {
        seen = runSchema.parse((await ask(home, `/api/v1/imports/${id}`, { token })).body);
        return seen.state !== 'running';
      };
      await eventually(isOver, 'the import to end', PATIENCE_MS);
      return seen;
    };

    const plan = await post('/dry-run', [...rows, { ...rows[0], id: 'Lot' }]);
    expect(plan.body).to.include({ rows: 601, valid: 600, existing: 0 });
    expect(await onLedger()).to.deep.equal([]);
    expect(await run()).to.include({ state: 'done', total: 600, registered: 600, skipped: 0 });
    const devices = await onLedger();
    expect(devices.map(({ id, by }) => `${id} ${by}`)).to.deep.equal(rows.map(({ id }) => `${id} ${ADMIN}`));
    expect(await run()).to.include({ state: 'done', total: 600, registered: 0, skipped: 600 });
  });

  it('is refused to who may not register, row by row, before anything is tried', async () => {
    writeFileSync(file, csvOf(registrations().slice(0, 3)));
    const ran = await runScript('import', file, '--as', 'operator@operator', '--json', '--dry-run');
    const { problems } = lastJson(ran.out, resultSchema);
    expect(problems.map(({ line, code }) => [line, code])).to.deep.equal(
      [2, 3, 4].map((line) => [line, 'FORBIDDEN']),
    );
  });
});
