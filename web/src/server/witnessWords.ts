import type { Problem } from '../api/problem';

/** Why a checkpoint was not taken, as one of our texts; `code` is what the other side answered. */
export interface WitnessFailure {
  why: (typeof known)[number] | 'status' | 'smtp' | 'other';
  code: string;
}

const known = [
  'connection',
  'timeout',
  'name',
  'certificate',
  'private',
  'no_smtp',
  'nothing_signed',
  'unreadable',
] as const;

/** Takes apart the server's word: `status 500`, `SMTP 550`, `connection: ConnectionRefused`, `no_smtp`. */
export function failureOf(word: string): WitnessFailure {
  const [, status] = /^status (\d+)$/.exec(word) ?? [];
  if (status !== undefined) {
    return { why: 'status', code: status };
  }
  const [, smtp] = /^SMTP (\d+)$/.exec(word) ?? [];
  if (smtp !== undefined) {
    return { why: 'smtp', code: smtp };
  }
  const [begin = ''] = word.split(':');
  return { why: known.find((one) => one === begin) ?? 'other', code: word };
}

/** Refusals that are about the address that was written, and are told beside it. */
const ofAddress = ['witness.address_unsafe', 'witness.exists', 'mail.address_invalid'];

export const isOfAddress = (problem: Problem | null): boolean =>
  problem !== null && ofAddress.includes(problem.code);
