const otherDigits = /[٠-٩۰-۹]/g;

/** What was typed with the digits and the decimal sign of an Arabic or Persian keyboard, as programs read it. */
export function plainDigits(text: string): string {
  return text.replace(otherDigits, (digit) => String(digit.charCodeAt(0) % 16)).replace('٫', '.');
}

/** Reads a whole number from `least` to `most` in digits; null for anything else. */
export function wholeNumberOf(text: string, least: number, most: number): number | null {
  const typed = plainDigits(text.trim());
  const number = /^\d{1,15}$/.test(typed) ? Number(typed) : Number.NaN;
  return number >= least && number <= most ? number : null;
}

/** Whether somebody typed a number to confirm what concerns so many. */
export const isTyped = (text: string, number: number): boolean =>
  wholeNumberOf(text, number, number) === number;
