import { createPinia } from 'pinia';
import { createApp, watch } from 'vue';
import * as z from 'zod/mini';

import App from './app.vue';
import { createAppRouter } from './router.ts';
import { createServices, servicesKey } from './services.ts';
import { useSessionStore } from './session/session-store.ts';
import './styles/main.css';

// Compiled schemas need eval, which the content security policy forbids.
z.config({ jitless: true });

const app = createApp(App).use(createPinia());
const services = createServices();
const router = createAppRouter(services);
const store = useSessionStore();

watch(
  () => store.signedIn,
  (signedIn) => {
    const { fullPath, meta } = router.currentRoute.value;
    if (!signedIn && meta.open !== true) void router.replace({ name: 'sign-in', query: { next: fullPath } });
  },
);

app.provide(servicesKey, services).use(router).mount('#app');
