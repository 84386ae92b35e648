import { createRouter, createWebHistory, type RouteLocationNormalized, type Router } from 'vue-router';

import type { Api } from './api/endpoints.ts';
import { waysFor } from './onboarding/ways.ts';
import { usePermissions } from './session/permissions.ts';
import type { Session } from './session/session.ts';
import { mayHaveSession } from './session/session-hint.ts';
import { useSessionStore } from './session/session-store.ts';

declare module 'vue-router' {
  interface RouteMeta {
    title?: string;
    /** May be seen without signing in. */
    open?: boolean;
  }
}

export function createAppRouter({ session, api }: { session: Session; api: Api }): Router {
  const store = useSessionStore();
  const loadPermissions = permissionsLoader(api);
  const { may } = usePermissions();
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      {
        path: '/sign-in',
        name: 'sign-in',
        component: () => import('./sign-in/sign-in-page.vue'),
        meta: { title: 'Sign in', open: true },
      },
      {
        path: '/',
        component: () => import('./shell/app-shell.vue'),
        children: [
          {
            path: '',
            name: 'overview',
            component: () => import('./overview/overview-page.vue'),
            meta: { title: 'Overview' },
          },
          {
            path: 'devices',
            name: 'devices',
            component: () => import('./devices/devices-page.vue'),
            meta: { title: 'Devices' },
          },
          {
            path: 'devices/:id',
            name: 'device',
            component: () => import('./device/device-page.vue'),
            props: true,
            meta: { title: 'Device' },
          },
          {
            path: 'anchors',
            name: 'anchors',
            component: () => import('./anchors/anchors-page.vue'),
            meta: { title: 'Anchors' },
          },
          {
            path: 'policies',
            name: 'policies',
            component: () => import('./policies/policies-page.vue'),
            meta: { title: 'Policies' },
          },
          {
            path: 'types',
            name: 'types',
            component: () => import('./types/types-page.vue'),
            meta: { title: 'Types' },
          },
          {
            path: 'types/:name',
            name: 'type',
            component: () => import('./types/type-page.vue'),
            props: true,
            meta: { title: 'Type' },
          },
          {
            path: 'alerts',
            name: 'alerts',
            component: () => import('./alerts/alerts-page.vue'),
            meta: { title: 'Alerts' },
          },
          {
            path: 'alerts/rules',
            name: 'alert-rules',
            component: () => import('./alert-rules/rules-page.vue'),
            meta: { title: 'Rules of alerts' },
          },
          {
            path: 'alerts/new-rule',
            name: 'new-alert-rule',
            component: () => import('./alert-rules/new-rule-page.vue'),
            meta: { title: 'New rule of alerts' },
          },
          {
            path: 'alerts/rules/:id',
            name: 'alert-rule',
            component: () => import('./alert-rules/rule-page.vue'),
            props: true,
            meta: { title: 'Rule of alerts' },
          },
          {
            path: 'alerts/:id(\\d+)',
            name: 'alert',
            component: () => import('./alerts/alert-page.vue'),
            props: true,
            meta: { title: 'Alert' },
          },
          {
            path: 'commands',
            name: 'commands',
            component: () => import('./commands/commands-page.vue'),
            meta: { title: 'Commands' },
          },
          {
            path: 'commands/:id',
            name: 'command',
            component: () => import('./commands/command-page.vue'),
            props: true,
            meta: { title: 'Command' },
          },
          {
            path: 'firmware',
            component: () => import('./firmware/firmware-page.vue'),
            meta: { title: 'Firmware' },
            children: [
              { path: '', name: 'releases', component: () => import('./firmware/releases-page.vue') },
              { path: 'rollouts', name: 'rollouts', component: () => import('./rollouts/rollouts-page.vue') },
              {
                path: 'keys',
                name: 'vendor-keys',
                component: () => import('./firmware/vendor-keys-page.vue'),
              },
            ],
          },
          {
            path: 'notifications',
            name: 'notifications',
            component: () => import('./notifications/notifications-page.vue'),
            meta: { title: 'Notifications' },
          },
          {
            path: 'streams',
            name: 'streams',
            component: () => import('./streams/streams-page.vue'),
            meta: { title: 'Streams' },
          },
          {
            path: 'firmware/rollouts/:id',
            name: 'rollout',
            component: () => import('./rollouts/rollout-page.vue'),
            props: true,
            meta: { title: 'Rollout' },
          },
          {
            path: 'onboarding',
            component: () => import('./onboarding/onboarding-page.vue'),
            meta: { title: 'Onboarding' },
            children: [
              { path: '', name: 'onboarding', redirect: () => ({ name: waysFor(may)[0]?.name ?? 'claims' }) },
              { path: 'claims', name: 'claims', component: () => import('./onboarding/claims-page.vue') },
              {
                path: 'vouchers',
                name: 'vouchers',
                component: () => import('./onboarding/vouchers-page.vue'),
              },
              { path: 'import', name: 'import', component: () => import('./onboarding/import-page.vue') },
            ],
          },
          {
            path: 'audit',
            name: 'audit',
            component: () => import('./audit/audit-page.vue'),
            meta: { title: 'Audit' },
          },
          {
            path: 'report',
            name: 'report',
            component: () => import('./report/report-page.vue'),
            meta: { title: 'Report' },
          },
          {
            path: 'members',
            name: 'members',
            component: () => import('./members/members-page.vue'),
            meta: { title: 'Members' },
          },
          {
            path: ':rest(.*)*',
            name: 'not-found',
            component: () => import('./shell/not-found-page.vue'),
            meta: { title: 'Not found' },
          },
        ],
      },
    ],
  });

  const steppedBack = backButtonWatcher();

  router.beforeEach(async (to) => {
    if (!store.settled) {
      if (mayHaveSession()) await session.renew();
      store.settled = true;
    }
    await loadPermissions();
    if (to.meta.open === true) return store.signedIn ? { path: '/' } : true;
    return store.signedIn || { name: 'sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
  });

  router.afterEach((to, from) => {
    if (to.path !== from.path && !steppedBack()) window.scrollTo(0, 0);
    const title = subjectOf(to) ?? to.meta.title;
    document.title = title === undefined ? 'BIoT-DM' : `${title} · BIoT-DM`;
  });

  return router;
}

/** What the page is about, where it is about one thing. */
function subjectOf({ name, params }: RouteLocationNormalized): string | undefined {
  if (name === 'device') return String(params.id);
  return name === 'type' ? String(params.name) : undefined;
}

/** Waits for them before a member's first page, so that no button comes late and moves others; then not. */
function permissionsLoader(api: Api): () => Promise<void> {
  const store = useSessionStore();
  const permissions = usePermissions();
  let known: string | undefined;
  return async () => {
    const name = store.member?.name;
    const loading = name === undefined ? undefined : permissions.load(() => api.permissions());
    if (name !== known) await loading;
    known = name;
  };
}

/** Whether the browser's own buttons led here: then it restores where one was, and nothing may scroll. */
function backButtonWatcher(): () => boolean {
  let stepped = false;
  window.addEventListener('popstate', () => {
    stepped = true;
  });
  return () => {
    const result = stepped;
    stepped = false;
    return result;
  };
}
