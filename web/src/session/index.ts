import { defineAsyncComponent } from 'vue';

/* The door of the session room. */
export { useSession, whenSignedOut } from './useSession';

/** The menu comes with the first page one is inside of, not with the sign-in page. */
export const AccountMenu = defineAsyncComponent(() => import('./AccountMenu.vue'));
