/** The door of the submissions room: the fragment of a link to a form's table that carries filters, and conditions in words. */
export { writeFragment } from './filters/filterLink';
export { useRowConditionWords } from './people/useRowConditionWords';
