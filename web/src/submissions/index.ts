/** The door of the submissions room: the fragment of a link to a form's table that carries filters. */
export { writeFragment } from './filters/filterLink';
