import type { Action } from '../api/types.ts';
import type { IconName } from '../components/icons.ts';
import { ONBOARDING_ACTIONS } from '../onboarding/ways.ts';

export interface PageLink {
  to: string;
  label: string;
  icon: IconName;
  /** Of use only to those who may do one of these. */
  needs?: readonly Action[];
}

const PAGES: readonly PageLink[] = [
  { to: '/', label: 'Overview', icon: 'overview' },
  { to: '/devices', label: 'Devices', icon: 'devices' },
  { to: '/alerts', label: 'Alerts', icon: 'alerts', needs: ['alert:read'] },
  { to: '/commands', label: 'Commands', icon: 'commands', needs: ['command:read'] },
  { to: '/notifications', label: 'Notifications', icon: 'envelope', needs: ['notification:read'] },
  { to: '/streams', label: 'Streams', icon: 'streams', needs: ['stream:read'] },
  { to: '/onboarding', label: 'Onboarding', icon: 'onboarding', needs: ONBOARDING_ACTIONS },
  { to: '/firmware', label: 'Firmware', icon: 'firmware', needs: ['firmware:read'] },
  { to: '/anchors', label: 'Anchors', icon: 'anchors' },
  { to: '/types', label: 'Types', icon: 'types', needs: ['type:read'] },
  { to: '/policies', label: 'Policies', icon: 'policies' },
  { to: '/audit', label: 'Audit', icon: 'audit', needs: ['audit:read'] },
  { to: '/report', label: 'Report', icon: 'report', needs: ['report:read'] },
  { to: '/members', label: 'Members', icon: 'members', needs: ['member:read'] },
];

export function pagesFor(may: (action: Action) => boolean): PageLink[] {
  return PAGES.filter(({ needs }) => needs === undefined || needs.some(may));
}

/** Whether a path is the page's own or lies below it: /devices/press-07 is among the devices. */
export function isWithin(path: string, { to }: Pick<PageLink, 'to'>): boolean {
  return path === to || (to !== '/' && path.startsWith(`${to}/`));
}

const TABS = 5;

/** At the foot of a narrow screen: all of them, or as many as leave room for a menu of the rest. */
export function splitTabs(pages: readonly PageLink[]): {
  tabs: readonly PageLink[];
  rest: readonly PageLink[];
} {
  if (pages.length <= TABS) return { tabs: pages, rest: [] };
  return { tabs: pages.slice(0, TABS - 1), rest: pages.slice(TABS - 1) };
}
