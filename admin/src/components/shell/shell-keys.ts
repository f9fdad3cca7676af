import type { InjectionKey } from 'vue';

/** The page bar's menu button opens the side bar as a sheet on a phone. */
export const OPEN_MENU: InjectionKey<() => void> = Symbol('open the menu');
