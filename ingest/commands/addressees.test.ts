import { expect } from 'chai';

import { ManualTime } from '../testing/manual-time.ts';
import { Addressees } from './addressees.ts';

const MINUTE = 60_000;

describe('devices that there was an order for', () => {
  let time: ManualTime;
  let addressees: Addressees;
  beforeEach(async () => {
    time = new ManualTime();
    addressees = new Addressees(time);
    await time.advance(10 * MINUTE);
  });

  it('are looked for anew when they were tried in vain and are heard of', async () => {
    addressees.tried('press-07', false);
    expect(addressees.heard('press-07'), 'what it sent may be older than the attempt').to.equal(false);
    await time.advance(2_000);
    expect(addressees.heard('press-07')).to.equal(true);
    expect(addressees.takeThere()).to.deep.equal(['press-07']);
    expect(addressees.takeThere()).to.deep.equal([]);
  });

  it('get what they did not answer when they ask again, and what was lost between two polls a moment later', async () => {
    addressees.tried('press-07', true);
    expect(addressees.asked('press-07')).to.equal(false);
    expect(addressees.takeThere()).to.deep.equal([]);
    await time.advance(2_000);
    expect(addressees.takeThere()).to.deep.equal(['press-07']);
  });

  it('are not looked for at each poll when there was nothing for them', () => {
    expect(addressees.asked('press-07')).to.equal(false);
    expect(addressees.takeThere()).to.deep.equal([]);
  });

  it('may have been tried by an earlier process, of which a new one knows nothing', async () => {
    const anew = new Addressees(time);
    expect(anew.asked('press-07')).to.equal(true);
    expect(anew.takeThere()).to.deep.equal(['press-07']);
    expect(anew.asked('press-08')).to.equal(true);
    await time.advance(5 * MINUTE);
    expect(anew.asked('press-09')).to.equal(false);
  });
});
