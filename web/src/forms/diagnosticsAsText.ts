import type { Composer } from 'vue-i18n';
import type { Diagnostic } from '../api/types';
import { forewordsOf, inFileOrder, listedOf, messageOf, placeOf, severities } from './diagnostics';
import { explanationOf, type Explanations } from './explanations';

/** Writes the list as plain text, to be sent to the form's author. */
export function diagnosticsAsText(
  fileName: string,
  diagnostics: readonly Diagnostic[],
  explanations: Explanations,
  { t }: Pick<Composer, 't'>,
): string {
  const lines = [fileName, ...forewordsOf(diagnostics).map((diagnostic) => `\n${diagnostic.message}`)];
  for (const severity of severities) {
    const sorted = inFileOrder(listedOf(diagnostics), severity);
    if (sorted.length > 0) {
      lines.push('', `${t(`diagnostics.sections.${severity}`)} (${sorted.length})`);
      sorted.forEach((diagnostic, index) => {
        const title = explanationOf(explanations, diagnostic.code)?.title;
        const place = [diagnostic.sheet, diagnostic.address ?? rowOf(diagnostic, t)].filter(
          (part) => part !== null,
        );
        lines.push('', `${index + 1}. ${[place.join(' '), title].filter(Boolean).join(' – ')}`);
        if (diagnostic.value !== null) {
          lines.push(`   > ${diagnostic.value.replaceAll('\n', '\n   > ')}`);
        }
        lines.push(`   ${messageOf(diagnostic)}`);
        if (diagnostic.suggestion !== null) {
          lines.push(`   ${t('diagnostics.didYouMean', { suggestion: diagnostic.suggestion })}`);
        }
      });
    }
  }
  return `${lines.join('\n')}\n`;
}

function rowOf(diagnostic: Diagnostic, t: Composer['t']): string | null {
  return diagnostic.row === null ? null : t('diagnostics.rowTitle', { row: placeOf(diagnostic) });
}
