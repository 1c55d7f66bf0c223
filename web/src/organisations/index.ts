/** The door of the organisations room. */
export { default as CandidatePicker } from './CandidatePicker.vue';
