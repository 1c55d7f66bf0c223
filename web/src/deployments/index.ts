export { default as InboxLink } from './InboxLink.vue';
export { default as StageBar } from './StageBar.vue';
