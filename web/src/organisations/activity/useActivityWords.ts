import { useI18n } from 'vue-i18n';
import type { ActivityItem } from '../../api/types';
import { useFormat } from '../../kit/useFormat';
import { useRoleWords } from '../useRoleWords';
import { piecesOf, type Piece } from './details';

/** Says in words what the book of activities has as codes. */
export interface ActivityWords {
  /** A code that we have no words for is shown as it is. */
  action: (code: string) => string;
  /** A kind of thing, or what actions belong to. */
  kind: (code: string) => string;
  /** What it was done to, by the name it had then, and what is said beyond that; a bare number tells a reader nothing. */
  told: (item: ActivityItem) => { subject: string; details: string[] };
}

export function useActivityWords(): ActivityWords {
  const i18n = useI18n();
  const { t } = i18n;
  const format = useFormat();
  const { roleName } = useRoleWords();

  const known = (key: string, code: string): string => (i18n.te(key, 'en') ? t(key) : code);
  const isNumber = (id: string): boolean => /^\d+$/.test(id);

  function subjectOf(item: ActivityItem): string {
    const [, kind = '', id = ''] = /^(\w+) (.*)$/s.exec(item.subject) ?? [];
    switch (kind) {
      case 'form':
        return item.formTitle ?? (isNumber(id) ? '' : id);
      case 'submission':
      case 'setting':
        return id;
      default:
        return '';
    }
  }

  function wordsOf(piece: Piece): string {
    switch (piece.is) {
      case 'name':
        return piece.text;
      case 'text':
        return i18n.te(piece.key, 'en')
          ? t(piece.key, { ...piece.values })
          : (piece.key.split('.').at(-1) ?? '');
      case 'number':
        return t(
          piece.key,
          { number: format.number(piece.count), count: format.number(piece.count) },
          piece.count,
        );
      case 'role':
        return roleName(piece.role);
      case 'language':
        return new Intl.DisplayNames(i18n.locale.value, { type: 'language' }).of(piece.tag) ?? piece.tag;
    }
  }

  function told(item: ActivityItem): { subject: string; details: string[] } {
    const subject = subjectOf(item);
    // A form is named once: by its title, or by the id that the book has.
    const isNamed = item.detail === item.form && subject !== '';
    const pieces = piecesOf(item.action, isNamed ? null : item.detail);
    const [first] = pieces;
    return subject === '' && first?.is === 'name'
      ? { subject: first.text, details: pieces.slice(1).map(wordsOf) }
      : { subject, details: pieces.map(wordsOf) };
  }

  return {
    action: (code) => known(`activity.actions.${code}`, code),
    kind: (code) => known(`activity.kinds.${code}`, code),
    told,
  };
}
