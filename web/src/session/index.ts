import { defineAsyncComponent } from 'vue';

/* The door of the session room. */
export { useSession, whenEnrolmentIsDue, whenSignedOut } from './useSession';
export { useConfirmation } from './useConfirmation';

/** The menu comes with the first page one is inside of, not with the sign-in page. */
export const AccountMenu = defineAsyncComponent(() => import('./AccountMenu.vue'));

/** What is said above every page about the account's second factor. */
export const FactorBanner = defineAsyncComponent(() => import('./FactorBanner.vue'));

/** Asks a person to confirm that it is still them. */
export const ConfirmationDialog = defineAsyncComponent(() => import('./ConfirmationDialog.vue'));

/** The frame of pages that are seen without being signed in. */
export const WelcomeFrame = defineAsyncComponent(() => import('./WelcomeFrame.vue'));

/** Says while a password is typed how well it will hold. */
export const PasswordStrength = defineAsyncComponent(() => import('./PasswordStrength.vue'));

/** The choice of language on pages that are seen without being signed in. */
export const LanguageSelect = defineAsyncComponent(() => import('./LanguageSelect.vue'));
