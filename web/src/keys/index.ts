/** The door of the keys room. */
export { stepOf, type RotationStep } from './rotation';
