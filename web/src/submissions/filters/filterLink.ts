import { operators, type Condition } from './conditions';

/** What a link's fragment begins with when it carries filters. */
const start = '#f=';

/**
 * Writes conditions as the fragment of a link. Browsers keep fragments to themselves, so no server and no other site
 * learns what is asked for. The letters are those of base64url: no program on the way changes them.
 */
export function writeFragment(conditions: readonly Condition[]): string {
  if (conditions.length === 0) {
    return '';
  }
  const text = JSON.stringify(conditions.map(({ field, operator, values }) => [field, operator, ...values]));
  const bytes = String.fromCharCode(...new TextEncoder().encode(text));
  return start + btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Tells whether a fragment carries filters. */
export const hasFilters = (fragment: string): boolean => fragment.startsWith(start);

/** What a fragment says: the conditions, and in words of its own what is none. */
export interface ReadFragment {
  conditions: Condition[];
  unreadable: string[];
}

/** Reads a fragment; one that was cut off or typed by hand may hold nothing that can be read. */
export function readFragment(fragment: string): ReadFragment {
  const read: ReadFragment = { conditions: [], unreadable: [] };
  if (!hasFilters(fragment)) {
    return read;
  }
  const code = fragment.slice(start.length);
  const items = parse(code);
  if (items === null) {
    return { conditions: [], unreadable: [code] };
  }
  for (const item of items) {
    const condition = conditionOf(item);
    if (condition === null) {
      read.unreadable.push(Array.isArray(item) ? item.join(' ') : String(item));
    } else {
      read.conditions.push(condition);
    }
  }
  return read;
}

function parse(code: string): unknown[] | null {
  try {
    const bytes = atob(code.replaceAll('-', '+').replaceAll('_', '/'));
    const text = new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(bytes, (letter) => letter.charCodeAt(0)),
    );
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function conditionOf(item: unknown): Condition | null {
  if (!Array.isArray(item) || !item.every((part): part is string => typeof part === 'string')) {
    return null;
  }
  const [field = '', name, ...values] = item;
  const operator = operators.find((one) => one === name);
  return field === '' || operator === undefined ? null : { field, operator, values };
}
