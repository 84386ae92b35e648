import type { ChartData, ChartOptions, Point, TooltipItem } from 'chart.js';

import type { RollupPoint } from '../api/types.ts';
import { formatCount, formatValue } from '../format/number.ts';
import { formatInstant } from '../time/format-time.ts';
import type { ChartColours } from './chart-setup.ts';
import { timeTicks } from './time-ticks.ts';

/** Where each of the four drawings stands among the chart's datasets. */
export const DATASET = { highest: 0, lowest: 1, average: 2, newest: 3 } as const;

export function chartData(colours: ChartColours): ChartData<'line', Point[]> {
  const edge = { data: [], pointRadius: 0, pointHitRadius: 0, borderWidth: 0 };
  return {
    datasets: [
      { ...edge, label: 'highest' },
      { ...edge, label: 'lowest', fill: '-1', backgroundColor: colours.band },
      {
        label: 'average',
        data: [],
        borderColor: colours.line,
        borderWidth: 1.75,
        borderJoinStyle: 'round',
        pointRadius: 0,
        pointHoverRadius: 4,
        pointBackgroundColor: colours.line,
        pointHoverBackgroundColor: colours.line,
      },
      {
        label: 'newest',
        data: [],
        clip: 8,
        pointRadius: 4,
        pointHoverRadius: 4,
        pointBackgroundColor: colours.line,
        pointBorderColor: colours.tooltipText,
        pointBorderWidth: 2,
      },
    ],
  };
}

/** Room for one label of the time axis. */
const TICK_PIXELS = 90;

/** What the tooltip says of one point. */
function describePoint(point: RollupPoint, unit: string): string[] {
  const average = `${formatValue(point.avg)} ${unit}`;
  if (point.count <= 1) return [average];
  return [
    `${average} on average`,
    `${formatValue(point.min)} to ${formatValue(point.max)} ${unit} in ${formatCount(point.count)} readings`,
  ];
}

export function chartOptions(
  colours: ChartColours,
  unit: string,
  pointAt: (index: number) => RollupPoint | undefined,
): ChartOptions<'line'> {
  const label = ({ dataIndex }: TooltipItem<'line'>): string[] => {
    const point = pointAt(dataIndex);
    return point === undefined ? [] : describePoint(point, unit);
  };
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    parsing: false,
    normalized: true,
    interaction: { mode: 'nearest', axis: 'x', intersect: false },
    layout: { padding: { top: 8, right: 8 } },
    scales: {
      x: {
        type: 'linear',
        border: { display: false },
        grid: { display: false },
        afterBuildTicks: (axis) => {
          const { instants, label: text } = timeTicks(
            axis.min,
            axis.max,
            Math.max(2, axis.width / TICK_PIXELS),
          );
          axis.ticks = instants.map((value) => ({ value, label: text(value) }));
        },
        ticks: {
          color: colours.text,
          autoSkip: false,
          maxRotation: 0,
          font: { size: 11 },
          callback: (_value, index, ticks) => ticks[index]?.label ?? '',
        },
      },
      y: {
        grace: '10%',
        border: { display: false },
        grid: { color: colours.grid, tickLength: 0 },
        // In coarse steps, or the plot would jump sideways whenever a number gets a digit more.
        afterFit: (axis) => {
          axis.width = Math.ceil(axis.width / 16) * 16;
        },
        ticks: { color: colours.text, maxTicksLimit: 6, padding: 8, font: { size: 11 } },
      },
    },
    plugins: {
      tooltip: {
        filter: ({ datasetIndex }) => datasetIndex === DATASET.average,
        displayColors: false,
        backgroundColor: colours.tooltip,
        titleColor: colours.tooltipText,
        bodyColor: colours.tooltipText,
        padding: 10,
        cornerRadius: 8,
        callbacks: {
          title: ([item]) => (typeof item?.parsed.x !== 'number' ? '' : formatInstant(item.parsed.x)),
          label,
        },
      },
    },
  };
}
