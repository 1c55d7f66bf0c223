/** A piece of what the book says of a line beyond its action. */
export type Piece =
  | { is: 'name'; text: string }
  /** One of our texts; with `count` in its plural form. */
  | { is: 'text'; key: string; values?: Readonly<Record<string, string>>; count?: number }
  | { is: 'number'; key: string; count: number }
  | { is: 'role'; role: string }
  | { is: 'language'; tag: string };

type Rule = readonly [actions: RegExp, detail: RegExp, make: (found: readonly string[]) => Piece[]];

const name = (text: string): Piece => ({ is: 'name', text });
const text = (key: string, values: Readonly<Record<string, string>> = {}): Piece => ({
  is: 'text',
  key,
  values,
});
const counted = (key: string, count: string): Piece => ({ is: 'number', key, count: Number(count) });
const nothing = (): Piece[] => [];

/** Formats by the words that the book has for them. */
const formats: Readonly<Record<string, string>> = {
  'CSV ZIP': 'csvzip',
  SPSS: 'savzip',
  attachments: 'mediazip',
};

function format(word: string): Piece {
  return text(`exports.formats.${formats[word] ?? word.toLowerCase()}.name`);
}

/** How an export was made: `, decrypted, confidential, limited by 5f3a…, by link 4`. */
function circumstances(rest: string): Piece[] {
  return [
    ['decrypted', 'activity.details.decrypted'],
    ['confidential', 'activity.details.confidential'],
    ['limited by', 'activity.details.limited'],
    ['by link', 'activity.details.byLink'],
  ].flatMap(([word = '', key = '']) => (rest.includes(`, ${word}`) ? [text(key)] : []));
}

// Names come first: nothing else is read out of what people called a thing.
const rules: readonly Rule[] = [
  [
    /^(project\.(create|update)|app_user\.create|public_link\.create|deployment\.(create|change|open|close|delete|replace_stages)|role\.(create|update|delete)|factor\.passkey_\w+)$/,
    /^(.*)$/su,
    ([whole = '']) => [name(whole)],
  ],
  [
    /^(export|export_link|row_condition|member\.(add|remove)|invitation)\b/,
    /^(\d+|link .*|unit .*)$/,
    nothing,
  ],
  [/^project\.(transfer|enable_encryption)$/, /^(unit|key) /, nothing],
  [/^(support|break_glass|keyring)\./, /^/, nothing],
  [/^unit\.archive$/, /^asked$/, nothing],
  [/^hold\.(place|lift)$/, /^hold \d+$/, nothing],
  [
    /^hold\./,
    /^(\d+) placed, (\d+) lifted$/,
    ([, placed = '', lifted = '']) => [text('activity.details.holds', { placed, lifted })],
  ],
  [/^project\.erase$/, /^despite hold/, () => [text('activity.details.despiteHold')]],
  [/^project\.keys_destroyed$/, /^a copy/, () => [text('activity.details.copyOpen')]],
  [/^project\.keep_trash$/, /^(\d+)$/, ([, days = '']) => [counted('activity.details.days', days)]],
  [
    /^role\.(assign|remove)(_limited)?$/,
    /^([\w:-]+)(?: at form \d+(?:, (own submissions|row condition \d+))?)?$/,
    ([, role = '', limit]) => [
      { is: 'role', role },
      ...(limit === undefined
        ? []
        : [text(limit.startsWith('own') ? 'activity.details.own' : 'activity.details.condition')]),
    ],
  ],
  [/^deployment\.(add|remove)_person$/, /^([\w:-]+) /, ([, role = '']) => [{ is: 'role', role }]],
  [
    /^(consent|unit\.agree)/,
    /^(terms|privacy|dpa)(?: (\d+))?$/,
    ([, kind = '', version]) => [
      text(`rights.texts.${kind}`),
      ...(version === undefined ? [] : [text('activity.details.version', { version })]),
    ],
  ],
  [
    /^session\./,
    /^([a-z_]+(?:, [a-z_]+)*)$/,
    ([, ways = '']) => ways.split(', ').map((way) => text(`accessLog.ways.${way}`)),
  ],
  [/^account\.password$/, /^invalidated$/, () => [text('activity.details.invalidated')]],
  [/^account\.set_language$/, /^([a-z-]+)$/i, ([, tag = '']) => [{ is: 'language', tag }]],
  [/^account\.unlock$/, /^(administrator|letter)$/, ([, by = '']) => [text(`accessLog.reasons.${by}`)]],
  [/^account\.link$/, /^external$/, () => [text('activity.details.external')]],
  [/^(account\.removal|factor\.reset)_cancel$/, /^by link$/, () => [text('accessLog.reasons.letter')]],
  [/^account\.removal_cancel$/, /^nobody agreed/, () => [text('activity.details.nobodyAgreed')]],
  [/^account\.removal_cancel$/, /^cancelled after/, () => [text('activity.details.afterBackup')]],
  [/^factor\.rule$/, /^(everyone|administrators)$/, ([, whom = '']) => [text(`activity.details.${whom}`)]],
  [/^factor\.refused$/, /^locked$/, () => [text('activity.details.locked')]],
  [/^factor\.recovery_code$/, /^(\d+) left$/, ([, left = '']) => [counted('activity.details.left', left)]],
  [/^token\./, /^(token|app_password)$/, ([, kind = '']) => [text(`tokens.kinds.${kind}`)]],
  [
    /^recovery_key\.split$/,
    /^(\d+) of (\d+)$/,
    ([, needed = '', all = '']) => [text('activity.details.shares', { needed, all })],
  ],
  [
    /^server\./,
    /^(provider|passphrase|recovery key)$/,
    ([, how = '']) => [text(`activity.details.opened.${how.replace(' ', '_')}`)],
  ],
  [/^(witness|recipient)\./, /^(mail|webhook)$/, ([, kind = '']) => [text(`witnesses.kinds.${kind}`)]],
  [/^alert\.acknowledge$/, /^([a-z_]+)$/, ([, check = '']) => [text(`health.names.${check}`)]],
  [/^activity\.download$/, /^(csv|json)$/, ([, kind = '']) => [name(kind.toUpperCase())]],
  [/^person\.find$/, /^(\d+) forms$/, ([, forms = '']) => [counted('activity.details.forms', forms)]],
  [/^member\.import$/, /^(\d+) lines$/, ([, lines = '']) => [counted('activity.details.lines', lines)]],
  [/^retention\.run$/, /^rule \d+: (\d+)$/, ([, count = '']) => [counted('inbox.waiting', count)]],
  [
    /^retention\./,
    /^rule \d+: (\w+), (\d+) days$/,
    ([, kind = '', days = '']) => [text(`retention.kinds.${kind}`), counted('retention.counts.after', days)],
  ],
  [
    /^(form|submission)\.(rewrite|purge|trash)/,
    /^(mask|pseudonymise|retention|erasure|trash|form)$/,
    ([, why = '']) => [text(`activity.details.why.${why}`)],
  ],
  [
    /^form\.confidential$/,
    /^\S+ (marked|declassified|removed) (\/\S+)$/,
    ([, kind = '', path = '']) => [text(`activity.details.marks.${kind}`), name(path)],
  ],
  [
    /^submission\.review$/,
    /^(received|hasIssues|approved|rejected|edited)$/,
    ([, state = '']) => [text(`submissions.reviews.${state}`)],
  ],
  [/^submission\.review$/, /^none$/, nothing],
  // Where a submission went: the action says it, the name of the stage is left.
  [
    /^submission\./,
    /^\w+ → \w+(?: \((.*)\))?(, override)?$/,
    ([, stage = '', override]) => [
      ...(stage === '' ? [] : [name(stage)]),
      ...(override === undefined ? [] : [text('activity.details.override')]),
    ],
  ],
  [/^submission\.add_files$/, /^(\d+)$/, ([, count = '']) => [counted('activity.details.files', count)]],
  [/^submission\.many_confidential$/, /^(\d+) within/, ([, count = '']) => [counted('inbox.waiting', count)]],
  [/^submission\.read_confidential$/, /^file$/, () => [text('activity.details.file')]],
  [
    /^submission\./,
    /^(names of files, )?version (\d+)$/,
    ([, names, version = '']) => [
      ...(names === undefined ? [] : [text('activity.details.fileNames')]),
      text('activity.details.version', { version }),
    ],
  ],
  [
    /^(submission|unit)\./,
    /^(\d+) submissions(?: as ([\w ]+))?(, .*)?$/,
    ([, count = '', as, rest = '']) => [
      counted('inbox.waiting', count),
      ...(as === undefined ? [] : [format(as)]),
      ...circumstances(rest),
    ],
  ],
  [
    /^submission\.estimate_anonymity$/,
    /^(\d+) columns(, .*)?$/,
    ([, count = '', rest = '']) => [counted('activity.details.columns', count), ...circumstances(rest)],
  ],
  [
    /^submission\.(list|export)$/,
    /^(the number of rows of )?(?:at most (\d+) rows of )?(\S+) as OData$/,
    ([, isCount, most, table = '']) => [
      ...(isCount === undefined ? [] : [text('activity.details.rowCount')]),
      ...(most === undefined ? [] : [counted('activity.details.atMost', most)]),
      name(table),
      name('OData'),
    ],
  ],
  [
    /^submission\./,
    /^(csvzip|csv|xlsx|savzip|json|ndjson|geojson|kml|mediazip)$/,
    ([, kind = '']) => [format(kind)],
  ],
  [/^key\.wrong_passphrase$/, /^key /, nothing],
];

/** Takes apart what the book says of a line beyond its action; what nobody has words for stands as it is. */
export function piecesOf(action: string, detail: string | null): Piece[] {
  if (detail === null || detail === '') {
    return [];
  }
  for (const [actions, shape, make] of rules) {
    const found = actions.test(action) ? shape.exec(detail) : null;
    if (found !== null) {
      return make(found);
    }
  }
  return [name(detail)];
}
