import { expect } from 'chai';

import { type Contestant, OURS, PLAIN } from './detectors.ts';
import { madeSeries } from './made-series.ts';
import { normalised, score } from './nab.ts';

/** A seed that no parameter was chosen by. */
const SEED = 77;

describe('detectors of anomalies on made series', () => {
  const all = madeSeries(SEED);

  function scoreOf(contestant: Contestant): number | null {
    const scores = all.map(({ rows, windows }) =>
      score({
        readings: rows.length,
        windows,
        detections: contestant.detect(rows, contestant.usualThreshold),
      }),
    );
    return normalised(scores);
  }

  it('are better with ours than with standard deviations', () => {
    const ours = scoreOf(OURS);
    expect(ours).to.be.above(75);
    expect(scoreOf(PLAIN)).to.be.below((ours ?? 0) - 20);
  }).timeout(60_000);

  it('are the same for the same seed, and others for another', () => {
    expect(madeSeries(SEED)).to.deep.equal(all);
    expect(madeSeries(SEED + 1)[0]?.rows).not.to.deep.equal(all[0]?.rows);
  }).timeout(60_000);
});
