/** How long support access can be given, in hours: an hour to a week, and two weeks at most. */
export const hours = [1, 4, 8, 24, 72, 168, 336] as const;

/** How long access in an emergency can be asked for, in minutes. */
export const minutes = [15, 30, 60] as const;

/** The months that reports are offered for, newest first: `yyyy-mm` in UTC. */
export function months(now: Date, count: number): string[] {
  return Array.from({ length: count }, (_, back) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7),
  );
}
