import { nextTick } from 'vue';
import {
  createRouter,
  createWebHashHistory,
  type RouteLocationNormalized,
  type RouteRecordRaw,
  type Router,
} from 'vue-router';
import { api, OfflineError } from './api/client.ts';
import { announce } from './composables/use-live.ts';
import { useInstance } from './stores/instance.ts';
import { useSession } from './stores/session.ts';
import { isTokenPage, takeToken } from './views/gate/gate-token.ts';

const ROUTES: RouteRecordRaw[] = [
  {
    path: '/signin',
    name: 'signin',
    component: () => import('./views/gate/SignInView.vue'),
    meta: { title: 'Sign in', isGate: true },
  },
  {
    path: '/setup',
    name: 'setup',
    component: () => import('./views/gate/SetupView.vue'),
    meta: { title: 'Set up', isGate: true },
  },
  {
    path: '/reset',
    name: 'reset',
    component: () => import('./views/gate/ResetView.vue'),
    meta: { title: 'New password', isGate: true },
  },
  {
    path: '/verify',
    name: 'verify',
    component: () => import('./views/gate/VerifyView.vue'),
    meta: { title: 'Confirm address', isGate: true },
  },
  {
    path: '/forgot',
    name: 'forgot',
    component: () => import('./views/gate/ForgotView.vue'),
    meta: { title: 'Forgotten password', isGate: true },
  },
  {
    path: '/',
    name: 'overview',
    component: () => import('./views/overview/OverviewView.vue'),
    meta: { title: 'Overview' },
  },
  {
    path: '/collections',
    name: 'collections',
    component: () => import('./views/collections/CollectionsView.vue'),
    meta: { title: 'Collections' },
  },
  {
    path: '/collections/new',
    name: 'collection-new',
    component: () => import('./views/collections/CollectionNewView.vue'),
    meta: { title: 'New collection' },
  },
  {
    path: '/collections/:name',
    redirect: (to) => ({ name: 'collection-records', params: to.params }),
  },
  {
    path: '/collections/:name/records',
    name: 'collection-records',
    component: () => import('./views/collections/CollectionRecordsView.vue'),
    props: true,
    meta: { title: nameOf, isWork: true },
  },
  {
    path: '/collections/:name/schema',
    name: 'collection-schema',
    component: () => import('./views/collections/CollectionSchemaView.vue'),
    props: true,
    meta: { title: (to) => `Schema of ${nameOf(to)}` },
  },
  {
    path: '/collections/:name/access',
    name: 'collection-access',
    component: () => import('./views/collections/CollectionAccessView.vue'),
    props: true,
    meta: { title: (to) => `Access to ${nameOf(to)}` },
  },
  {
    path: '/collections/:name/api',
    name: 'collection-api',
    component: () => import('./views/collections/CollectionApiView.vue'),
    props: true,
    meta: { title: (to) => `API of ${nameOf(to)}` },
  },
  {
    path: '/collections/:name/settings',
    name: 'collection-settings',
    component: () => import('./views/collections/CollectionSettingsView.vue'),
    props: true,
    meta: { title: (to) => `Settings of ${nameOf(to)}` },
  },
  {
    path: '/functions',
    name: 'functions',
    component: () => import('./views/functions/FunctionsView.vue'),
    meta: { title: 'Functions' },
  },
  {
    path: '/functions/deployments',
    name: 'deployments',
    component: () => import('./views/functions/deployments/DeploymentsView.vue'),
    meta: { title: 'Deployments', isWork: true },
  },
  {
    path: '/functions/:name',
    redirect: (to) => ({ name: 'function', params: { ...to.params, tab: 'run' } }),
  },
  {
    path: '/functions/:name/:tab(run|source|schema|api)',
    name: 'function',
    component: () => import('./views/functions/FunctionView.vue'),
    props: true,
    meta: { title: nameOf },
  },
  {
    path: '/functions/:name/:tab(calls)',
    name: 'function-calls',
    component: () => import('./views/functions/FunctionView.vue'),
    props: true,
    meta: { title: (to) => `Calls of ${nameOf(to)}`, isWork: true },
  },
  {
    path: '/schedules',
    name: 'schedules',
    component: () => import('./views/schedules/SchedulesView.vue'),
    meta: { title: 'Schedules', isWork: true },
  },
  {
    path: '/calls',
    name: 'calls',
    component: () => import('./views/calls/CallsView.vue'),
    meta: { title: 'Calls', isWork: true },
  },
  {
    path: '/users',
    name: 'users',
    component: () => import('./views/users/UsersView.vue'),
    meta: { title: 'Users', isWork: true },
  },
  {
    path: '/api-tokens',
    name: 'api-tokens',
    component: () => import('./views/tokens/TokensView.vue'),
    meta: { title: 'API tokens', isWork: true },
  },
  {
    path: '/audit',
    name: 'audit',
    component: () => import('./views/audit/AuditView.vue'),
    meta: { title: 'Audit log', isWork: true },
  },
  {
    path: '/backups',
    name: 'backups',
    component: () => import('./views/backups/BackupsView.vue'),
    meta: { title: 'Backups', isWork: true },
  },
  {
    path: '/api',
    name: 'api',
    component: () => import('./views/api/ApiView.vue'),
    meta: { title: 'API' },
  },
  {
    path: '/extensions',
    name: 'extensions',
    component: () => import('./views/extensions/ExtensionsView.vue'),
    meta: { title: 'Extensions', isWork: true },
  },
  {
    path: '/settings',
    name: 'settings',
    component: () => import('./views/settings/SettingsView.vue'),
    meta: { title: 'Settings' },
  },
  {
    path: '/:rest(.*)*',
    name: 'not-found',
    component: () => import('./views/NotFoundView.vue'),
    meta: { title: 'No such page' },
  },
];

function nameOf(route: RouteLocationNormalized): string {
  return String(route.params.name);
}

export function titleOf(route: RouteLocationNormalized): string {
  const { title } = route.meta;
  return typeof title === 'function' ? title(route) : (title ?? '');
}

export function createAppRouter(): Router {
  const router = createRouter({ history: createWebHashHistory(), routes: ROUTES });

  router.beforeEach(async (to) => {
    if (isTokenPage(to.name)) {
      if (!to.query.token) return true;
      takeToken(to.name);
      return { name: to.name, replace: true };
    }
    const session = useSession();
    if (session.status === 'unknown') await session.load();
    // Without an answer the page stays as wanted; App says so in its place.
    if (session.status === 'unreachable') return true;
    if (to.meta.isGate) {
      const { next } = to.query;
      return session.isIn ? (typeof next === 'string' ? next : '/') : true;
    }
    if (session.isIn) return true;
    const next = to.fullPath === '/' ? {} : { next: to.fullPath };
    return { name: 'signin', query: next };
  });

  router.afterEach(async (to, from, failure) => {
    // One that another overtook is told of as well, and later than the one that came.
    if (failure) return;
    document.title = `${titleOf(to)} · ${useInstance().name}`;
    const isFirst = from.matched.length === 0;
    if (isFirst || to.path === from.path || to.meta.isGate) return;
    await nextTick();
    // A page that takes the focus itself keeps it.
    const main = document.getElementById('main');
    if (main && !main.contains(document.activeElement)) main.focus({ preventScroll: true });
    announce(titleOf(to));
  });

  // After a new release the old chunks are gone: load the page anew, once.
  router.onError(async (error, to) => {
    const isChunk = /dynamically imported module|module script/i.test(String(error));
    if (!isChunk || sessionStorage.getItem('tb.reloaded') === to.fullPath) return;
    // Without a server a reload would leave nothing of the page, nor of what is being edited.
    const isUp = await api.get('/health', undefined, { isGate: true }).then(
      () => true,
      (failure: unknown) => !(failure instanceof OfflineError),
    );
    if (!isUp) return;
    sessionStorage.setItem('tb.reloaded', to.fullPath);
    location.hash = to.fullPath;
    location.reload();
  });

  return router;
}
