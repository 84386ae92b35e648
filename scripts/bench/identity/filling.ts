import type { Home } from '../../../network/home/home.ts';
import type { BenchContext, Figure, Report } from '../bench.ts';
import { runChild } from '../run-child.ts';
import { median } from '../statistics.ts';
import { type Filled, filledSchema, type FillWork } from './fill-work.ts';

const MEMBER = 'gateway@operator';
const ROUNDS = 3;

/**
 * From nothing to a mirror that answers, as at the first start of a gateway.
 *
 * @param devices how many the bench has registered: so many at least have to be there
 */
export async function measureFilling(
  home: Home,
  devices: number,
  { progress, interrupt }: BenchContext,
): Promise<Report> {
  const fill = (way: FillWork['way']): Promise<Filled> => {
    const input: FillWork = { home: home.root, member: MEMBER, way };
    return runChild({ script: 'identity/fill-main.ts', input, answer: filledSchema, interrupt });
  };
  const rounds: { mirror: Filled; plain: Filled }[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const mirror = await progress.step(`filling a mirror, ${round}`, () => fill('mirror'));
    const plain = await progress.step(`reading plainly, ${round}`, () => fill('plain'));
    rounds.push({ mirror, plain });
  }
  return {
    figures: [
      ...figuresOf(
        '',
        devices,
        rounds.map(({ mirror }) => mirror),
      ),
      ...figuresOf(
        'plain_',
        devices,
        rounds.map(({ plain }) => plain),
      ),
    ],
    notes: [
      'plain alternative to filling: the same pages from the same peer, parsed as JSON and kept by id, neither checked nor followed; a new process each, in turns',
    ],
    sound: rounds.every(({ mirror, plain }) => mirror.devices >= devices && mirror.devices === plain.devices),
  };
}

function figuresOf(prefix: '' | 'plain_', devices: number, rounds: readonly Filled[]): Figure[] {
  const what = prefix === '' ? 'from nothing to a mirror that answers' : '… to the plain alternative below';
  return [
    {
      name: `${prefix}fill_${devices}_s`,
      value: median(rounds.map(({ seconds }) => seconds)),
      meaning: what,
    },
    {
      name: `${prefix}fill_${devices}_mb`,
      value: median(rounds.map(({ megabytes }) => megabytes)),
      meaning: '… MiB that the process held more at its peak than before',
    },
  ];
}
