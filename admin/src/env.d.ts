/// <reference types="vite/client" />
import 'vue-router';

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown in the tab of the browser; a function when it names what the page shows. */
    title?: string | ((route: import('vue-router').RouteLocationNormalized) => string);
    /** Sign-in and set-up: without the shell, for anyone. */
    isGate?: boolean;
    /** Fixed height, the table scrolls inside: lists beside a drawer. */
    isWork?: boolean;
  }
}
