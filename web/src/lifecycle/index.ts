/** The door of the lifecycle room: what is on hold, what a rule will take away, and the dialog that erases for good. */
export { useHeld } from './useHeld';
export { default as EraseDialog } from './EraseDialog.vue';
export { default as RecordHold } from './RecordHold.vue';
export { default as RetentionBanner } from './RetentionBanner.vue';
