import { createApp } from 'vue';
import App from './App.vue';
import './kit/base.css';
import { i18n, preferredLanguage, setLanguage } from './locales/i18n';
import { makeRouter } from './router';
import { applyTheme } from './session/theme';

applyTheme();
// A language that does not load leaves the page in English rather than blank.
await setLanguage(preferredLanguage()).catch(() => setLanguage('en'));
createApp(App).use(i18n).use(makeRouter()).mount('#app');
