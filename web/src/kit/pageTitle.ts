const product = 'Fieldkeep';

/** The name of a page as the browser's tab shows it. */
export function pageTitle(title: string): string {
  return title === '' || title === product ? product : `${title} · ${product}`;
}
