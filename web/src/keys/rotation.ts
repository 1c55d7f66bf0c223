import type { Rotation } from '../api/types';

/** How far the replacement of a data key is. */
export type RotationStep = 'sealing' | 'waiting' | 'done';

/** Sealing anew, then waiting until backups of before have had their time, then done. */
export function stepOf(rotation: Rotation): RotationStep {
  if (rotation.destroyedAt !== null) {
    return 'done';
  }
  return rotation.finishedAt === null ? 'sealing' : 'waiting';
}
