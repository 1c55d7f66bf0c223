import type { ExportLink } from '../api/types';

/** Whether a link still opens its export. */
export function isLive(link: Pick<ExportLink, 'revokedAt' | 'expiresAt'>, now: Date): boolean {
  return (link.revokedAt ?? null) === null && new Date(link.expiresAt) > now;
}
