/** Whom else the kinds of data about a person are shown to; those that are not named, to nobody. */
const shown: Readonly<Record<string, 'administrators' | 'projects'>> = {
  profile: 'administrators',
  'access-log': 'administrators',
  memberships: 'administrators',
  roles: 'administrators',
  invitations: 'administrators',
  activity: 'projects',
  'devices-and-links-made': 'projects',
  'submissions-sent': 'projects',
  'comments-and-reviews': 'projects',
};

export const whoSees = (kind: string): 'self' | 'administrators' | 'projects' => shown[kind] ?? 'self';
