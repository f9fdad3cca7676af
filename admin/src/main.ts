import { applyTheme } from './stores/preferences.ts';

// First of all, so that nothing is drawn in the wrong theme.
applyTheme();

import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { createAppRouter } from './router.ts';
import { takeToken } from './views/gate/gate-token.ts';
import './styles/main.css';

takeToken('setup');
takeToken('reset');

createApp(App).use(createPinia()).use(createAppRouter()).mount('#app');
