/** The door of the session room. */
export { useSession, whenSignedOut } from './useSession';
export { default as AccountMenu } from './AccountMenu.vue';
