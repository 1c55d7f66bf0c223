/** The door of the lifecycle room: whether something of a project is on hold, and the dialog that erases for good. */
export { useHeld } from './useHeld';
export { default as EraseDialog } from './EraseDialog.vue';
