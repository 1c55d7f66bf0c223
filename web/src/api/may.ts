import type { Permission } from './types';

/** Whether whoever asked may do something with it; before it has come, nothing. */
export const may = (thing: { may: readonly Permission[] } | undefined, what: Permission): boolean =>
  thing?.may.includes(what) === true;
