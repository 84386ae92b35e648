import { expect } from 'chai';
import { z } from 'zod';

import { checkpointSchema, headerSchema } from '../../chaincode/protocol/header.ts';
import { AnchorLog, chain, expectedCheckpoint, LOG } from './harness/anchor-log.ts';
import { enrol } from './harness/members.ts';
import { headerChain } from './harness/samples.ts';

describe('reading from AnchorContract', () => {
  let log: AnchorLog;

  beforeEach(async () => {
    log = await AnchorLog.open();
  });

  const listSchema = z.array(headerSchema);

  it('Checkpoint of a log that nobody wrote is that of an empty log', async () => {
    expect(await log.checkpoint()).to.deep.equal({
      logId: LOG,
      size: 0,
      root: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      head: '0'.repeat(64),
    });
  });

  it('Get gives the header as it was appended', async () => {
    await log.append(chain.slice(0, 12));
    for (const header of chain.slice(0, 12)) {
      const answer = await log.evaluate('Get', LOG, String(header.sequence));
      expect(answer).to.deep.equal(header);
    }
  });

  it('Get tells what is not there from what cannot be', async () => {
    await log.append(chain.slice(0, 1));
    const code = async (sequence: string): Promise<string> => await log.refusal('Get', LOG, sequence);
    expect(await code('1')).to.equal('NOT_FOUND');
    expect(await code('9007199254740991')).to.equal('NOT_FOUND');
    for (const sequence of ['-1', '1.0', '', '0x0', '1e0', '00', '9007199254740993', ' 0', '٣']) {
      expect(await code(sequence), sequence).to.equal('INVALID_ARGUMENT');
    }
  });

  it('List gives any stretch of the log, in order of number', async () => {
    await log.append(chain);
    for (const [from, limit] of [
      [0, 500],
      [0, 1],
      [7, 9],
      [9, 2],
      [58, 10],
      [60, 10],
      [1_000_000, 10],
    ] as const) {
      const answer = await log.evaluate('List', LOG, String(from), String(limit));
      expect(listSchema.parse(answer)).to.deep.equal(chain.slice(from, from + limit));
    }
  });

  it('List keeps to its log, also where names begin alike', async () => {
    for (const name of ['ingest', 'ingest-1', 'ingesu']) {
      const logId = `${name}@operator`;
      const caller = await enrol({
        mspId: 'OperatorMSP',
        commonName: logId,
        attributes: { 'biot.role': 'ingest' },
      });
      const headers = JSON.stringify(headerChain(logId, 3));
      await log.channel.submit(caller, 'AnchorContract:Append', logId, headers);
    }
    const answer = await log.evaluate('List', LOG, '1', '500');
    expect(listSchema.parse(answer)).to.deep.equal(chain.slice(1, 3));
    const logs = z.array(checkpointSchema).parse(await log.evaluate('Logs'));
    expect(logs.map(({ logId, size }) => ({ logId, size }))).to.deep.equal([
      { logId: 'ingest-1@operator', size: 3 },
      { logId: 'ingest@operator', size: 3 },
      { logId: 'ingesu@operator', size: 3 },
    ]);
    expect(logs[1]).to.deep.equal(expectedCheckpoint(chain.slice(0, 3)));
  });

  it('List refuses limits and places that are no numbers of ours', async () => {
    for (const [from, limit] of [
      ['0', '0'],
      ['0', '501'],
      ['0', ''],
      ['', '1'],
      ['-1', '1'],
    ] as const) {
      const code = await log.refusal('List', LOG, from, limit);
      expect(code).to.equal('INVALID_ARGUMENT');
    }
  });

  it('Logs of an empty channel are none', async () => {
    expect(await log.evaluate('Logs')).to.deep.equal([]);
  });

  it('refuses what is no log id', async () => {
    for (const logId of ['', 'ingest', 'a@b@c', 'ingest@operator\u0000']) {
      const code = await log.refusal('Checkpoint', logId);
      expect(code, JSON.stringify(logId)).to.equal('INVALID_ARGUMENT');
    }
  });
});
