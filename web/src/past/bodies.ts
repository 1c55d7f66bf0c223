/** Reads what entries of the record say was before and after: objects whose members depend on the action. */
export type Body = Readonly<Record<string, unknown>>;

const isBody = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What was, or is, so; null when it was not there, or not held, in whichever way the entry has it. Who holds what, and where,
 * stands in a member of its own.
 */
export function bodyOf(told: unknown): Body | null {
  if (!isBody(told) || told['held'] === false || told['rule'] === null || told['run'] === null) {
    return null;
  }
  const { what, options, condition, ...rest } = told;
  return {
    ...rest,
    // A role names its condition by a number; the condition itself says what must hold.
    ...(isBody(condition) ? { holds: condition } : { condition }),
    ...(isBody(options) ? options : {}),
    ...(isBody(what) ? grantOf(what) : {}),
  };
}

function grantOf({ place, id, own, ...rest }: Body): Body {
  const kind = typeof place === 'string' ? place.toLowerCase() : '';
  return { ...rest, isOwn: own, ...(kind === '' ? {} : { [kind]: id }) };
}

/** Everything that a list holds that can be read as an object. */
export const bodiesIn = (list: unknown): Body[] => (Array.isArray(list) ? list.filter(isBody) : []);

/** Everything that a list holds that is text. */
export const textsIn = (list: unknown): string[] =>
  Array.isArray(list) ? list.filter((one): one is string => typeof one === 'string') : [];

/** One thing that is told of a state. */
export interface Fact {
  /** In words, a line for each of several. */
  lines: readonly string[];
  /** Whether it only says that something is not so: told where it changed, not of what is new. */
  isOff?: boolean;
}

/** One thing before and after; null where there was nothing of which it could be told. */
export interface FieldChange {
  key: string;
  was: readonly string[] | null;
  is: readonly string[] | null;
  /** Whether it is told only so that one knows what the others are about. */
  isSame: boolean;
}

/** What says of which role, or rule, the rest is told, changed or not. */
const telling: readonly string[] = ['role', 'deployment', 'rule', 'form'];

/** What differs between two states. */
export function compare(
  was: ReadonlyMap<string, Fact> | null,
  is: ReadonlyMap<string, Fact> | null,
): FieldChange[] {
  if (was === null || is === null) {
    return [...(was ?? is ?? [])]
      .filter(([, fact]) => fact.isOff !== true && fact.lines.length > 0)
      .map(([key, { lines }]) => ({
        key,
        was: was === null ? null : lines,
        is: is === null ? null : lines,
        isSame: false,
      }));
  }
  const keys = [...new Set([...was.keys(), ...is.keys()])];
  return keys.flatMap((key): FieldChange[] => {
    const [before, after] = [was.get(key)?.lines, is.get(key)?.lines];
    // What only one of them tells of is not known of the other.
    if (before === undefined || after === undefined) {
      return [{ key, was: before ?? null, is: after ?? null, isSame: false }];
    }
    const isSame = before.length === after.length && before.every((line, at) => line === after[at]);
    if (isSame) {
      return telling.includes(key) && after.length > 0 ? [{ key, was: before, is: after, isSame }] : [];
    }
    // Of several, those that went and those that came.
    const isList = before.length > 1 || after.length > 1;
    return [
      {
        key,
        was: isList ? before.filter((line) => !after.includes(line)) : before,
        is: isList ? after.filter((line) => !before.includes(line)) : after,
        isSame,
      },
    ];
  });
}
