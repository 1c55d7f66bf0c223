import { defineAsyncComponent } from 'vue';

/* The door of the support room. */

/** What is said above every page while one may read others' data under support access. */
export const SupportBanner = defineAsyncComponent(() => import('./SupportBanner.vue'));
