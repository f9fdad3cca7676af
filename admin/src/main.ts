import { applyTheme } from './stores/preferences.ts';

// First of all, so that nothing is drawn in the wrong theme.
applyTheme();

import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { createAppRouter } from './router.ts';
import { takeSetupToken } from './views/gate/setup-token.ts';
import './styles/main.css';

takeSetupToken();

createApp(App).use(createPinia()).use(createAppRouter()).mount('#app');
