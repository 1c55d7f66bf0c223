/** The door of the organisations room: choosing who gets a role, and the words for roles and how they are held. */
export { default as CandidatePicker } from './CandidatePicker.vue';
export { default as ReasonList } from './ReasonList.vue';
export { useRoleWords } from './useRoleWords';
