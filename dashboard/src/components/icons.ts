/** Outlines on a 20 by 20 grid, stroked with 1.5: one path each. */
export const ICONS = {
  overview: 'M3 11.5 7 7l3.5 3L17 4M13 4h4v4M3 16.5h14',
  devices: 'M6 6h8v8H6zM8.5 6V3M11.5 6V3M8.5 17v-3M11.5 17v-3M6 8.5H3M6 11.5H3M17 8.5h-3M17 11.5h-3',
  anchors: 'M10 7v10M10 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7 9.5h6M3.5 11.5c0 3 2.5 5.5 6.5 5.5s6.5-2.5 6.5-5.5',
  policies: 'M10 3v13.5M6.5 16.5h7M4 6h12M4 6l-2 5.5h4L4 6ZM16 6l-2 5.5h4L16 6Z',
  key: 'M7 13.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM10.5 10h7M14.5 10v3M17.5 10v2',
  question:
    'M7.5 7.5a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1.9-1.1 1.8M10 14.3v.01M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15Z',
  sun: 'M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM10 2v1.5M10 16.5V18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M2 10h1.5M16.5 10H18M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1',
  moon: 'M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5Z',
  signOut: 'M8 3.5H4.5v13H8M12.5 6.5 16 10l-3.5 3.5M16 10H8',
  copy: 'M7.5 7.5h8.5v8.5H7.5zM12.5 7.5V4H4v8.5h3.5',
  check: 'm4 10.5 4 4 8-9',
  cross: 'm5 5 10 10M15 5 5 15',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l3.5 3.5',
  plus: 'M10 4v12M4 10h12',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  back: 'M12 4.5 6.5 10l5.5 5.5',
  forward: 'm8 4.5 5.5 5.5L8 15.5',
  warning: 'M10 3.5 2.5 16.5h15L10 3.5ZM10 8.5v3.5M10 14.3v.01',
  shield: 'M10 2.5 4 4.8V9.5c0 3.7 2.5 6.5 6 8 3.5-1.5 6-4.3 6-8V4.8L10 2.5ZM7.3 9.8l2 2 3.5-3.8',
  download: 'M10 3v9.5M6 9l4 4 4-4M3.5 16.5h13',
  pause: 'M7.5 5v10M12.5 5v10',
  clock: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4l2.5 2',
  empty: 'M3.5 11.5 5.5 4.5h9l2 7v4h-13zM3.5 11.5h4l1 2h3l1-2h4',
} as const;

export type IconName = keyof typeof ICONS;
