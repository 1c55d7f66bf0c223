/** The door of the exports room. */
export { default as ExportDialog } from './ExportDialog.vue';
