import { defineAsyncComponent } from 'vue';

/** The door of the account room: the access log of an account. */
export const AccessLogList = defineAsyncComponent(() => import('./AccessLogList.vue'));

/** Asks a person to agree to texts that are new. */
export const ConsentDialog = defineAsyncComponent(() => import('./rights/ConsentDialog.vue'));

/** The texts of this server with what somebody said to each. */
export { default as TextList } from './rights/TextList.vue';
