/** What somebody typed as a contact, as an address that programs read: a bare e-mail address gets its scheme. */
export function contactOf(typed: string): string {
  const text = typed.trim();
  return /^[^\s:/@]+@[^\s:/@]+$/.test(text) ? `mailto:${text}` : text;
}

/** Whether a contact is one that security.txt can name; nothing at all is one, too. */
export const isContact = (typed: string): boolean =>
  /^($|mailto:\S+@\S+$|https:\/\/\S+$|tel:\S+$)/.test(contactOf(typed));

/** Whether a policy is the address of a page, or nothing. */
export const isPolicy = (typed: string): boolean => /^($|https:\/\/\S+$)/.test(typed.trim());
