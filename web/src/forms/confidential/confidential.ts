import type {
  Confidentiality,
  ConfidentialFlag,
  ConfidentialNode,
  ConfidentialQuestion,
} from '../../api/types';
import { plainDigits } from '../../kit/wholeNumber';

/** A confidential question with the words of the form for it and for what makes it so. */
export interface ConfidentialLine {
  question: ConfidentialQuestion;
  label: string;
  /** What it belongs to or is made of; null when it is marked itself. */
  fromLabel: string | null;
  /** What will make it open again; null when nothing is to. */
  ending: ConfidentialFlag | null;
}

/** The last name of a path, for a question the form has no words for. */
export const nameOf = (path: string): string => path.split('/').at(-1) ?? path;

/** The words of the form for a path. */
export function labelsOf(nodes: readonly ConfidentialNode[]): (path: string) => string {
  const labels = new Map(nodes.map((node) => [node.path, node.label]));
  return (path) => labels.get(path) ?? nameOf(path);
}

const isToCome = (flag: ConfidentialFlag, now: number): boolean => Date.parse(flag.takesEffectAt) > now;

/** The confidential questions in the form's order, each with what makes it so and what is to come. */
export function linesOf(found: Confidentiality, now: number): ConfidentialLine[] {
  const labelOf = labelsOf(found.nodes);
  const coming = found.flags.filter((flag) => isToCome(flag, now) && flag.kind !== 'marked');
  return found.questions.map((question) => ({
    question,
    label: labelOf(question.path),
    fromLabel: question.from === null ? null : labelOf(question.from),
    ending: coming.find((flag) => flag.path === question.path) ?? null,
  }));
}

/** Questions that someone said are not confidential, and why. */
export const openedOf = (found: Confidentiality, now: number): ConfidentialFlag[] =>
  found.flags.filter((flag) => flag.kind === 'declassified' && !isToCome(flag, now));

/** What can still be made confidential: what is not, and groups with anything in them that is not. */
export function candidatesOf(found: Confidentiality): ConfidentialNode[] {
  const hidden = new Set(found.questions.map((question) => question.path));
  const isOpen = (node: ConfidentialNode): boolean =>
    node.kind === 'question'
      ? !hidden.has(node.path)
      : found.nodes.some(
          (other) =>
            other.kind === 'question' && other.path.startsWith(`${node.path}/`) && !hidden.has(other.path),
        );
  return found.nodes.filter((node) => !/^\/[^/]+\/meta(\/|$)/.test(node.path) && isOpen(node));
}

export const leastMetres = 50;
export const mostMetres = 100_000;

/** Reads a radius as typed: null for none, undefined when it is no number of metres the server takes. */
export function radiusOf(typed: string): number | null | undefined {
  const text = plainDigits(typed.trim());
  if (text === '') {
    return null;
  }
  const metres = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  return metres >= leastMetres && metres <= mostMetres ? metres : undefined;
}
