import { Chart, Filler, LinearScale, LineController, LineElement, PointElement, Tooltip } from 'chart.js';

import { resolveColour, withOpacity } from '../theme/resolve-colour.ts';

// Only what a line needs; the rest of Chart.js stays out of the bundle. Time is a linear axis with ticks of our own:
// those of Chart.js are counted from where the axis begins, so on a moving axis they would never be round.
Chart.register(Filler, LinearScale, LineController, LineElement, PointElement, Tooltip);

export interface ChartColours {
  line: string;
  band: string;
  grid: string;
  text: string;
  tooltip: string;
  tooltipText: string;
}

/** The page's palette for a canvas, as it is in the theme of this moment. */
export function chartColours(): ChartColours {
  const line = resolveColour('--color-accent');
  return {
    line,
    band: withOpacity(line, 0.2),
    grid: resolveColour('--color-line'),
    text: resolveColour('--color-faint'),
    tooltip: resolveColour('--color-ink'),
    tooltipText: resolveColour('--color-surface'),
  };
}
