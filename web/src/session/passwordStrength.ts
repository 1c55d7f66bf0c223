/** How hard a password is to guess, from 0 (at once) to 4 (not in practice), and how to better it. */
export interface Strength {
  score: 0 | 1 | 2 | 3 | 4;
  /** Keys under `password.advice`. */
  advice: string[];
}

type Judge = (password: string, known: string[]) => Strength;

let judge: Promise<Judge> | undefined;

/** The lowest score the server takes. */
export const enoughScore = 3;

/** Judges a password on this device; it is sent nowhere. The dictionaries load on first use. */
export async function judgePassword(password: string, known: string[]): Promise<Strength> {
  judge ??= loadJudge();
  return (await judge)(password, known);
}

async function loadJudge(): Promise<Judge> {
  const [{ zxcvbn, zxcvbnOptions }, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ]);
  zxcvbnOptions.setOptions({
    graphs: common.adjacencyGraphs,
    dictionary: { ...common.dictionary, ...english.dictionary },
    useLevenshteinDistance: true,
  });
  return (password, known) => {
    const result = zxcvbn(
      password.slice(0, 128),
      known.filter((word) => word.length > 2),
    );
    const { warning, suggestions } = result.feedback;
    return {
      score: result.score,
      advice: [...(warning === null || warning === '' ? [] : [warning]), ...suggestions],
    };
  };
}
