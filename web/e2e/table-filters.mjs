// A filter of every kind: how it is made in the dialog, and which visits it must find.

/** Ways to fill the dialog's fields. */
export function fillersOf(dialog) {
    const value = (text) => () => dialog.getByLabel('Value').fill(text);
    const span = (from, through) => async () => {
        await dialog.getByLabel('From').fill(from);
        await dialog.getByLabel('To', { exact: true }).fill(through);
    };
    const tick =
        (...labels) =>
        async () => {
            for (const label of labels) {
                await dialog.getByRole('checkbox', { name: label, exact: true }).check();
            }
        };
    const near = (latitude, longitude, metres) => async () => {
        await dialog.getByLabel('Latitude').fill(latitude);
        await dialog.getByLabel('Longitude').fill(longitude);
        await dialog.getByLabel('At most metres away').fill(metres);
    };
    return { value, span, tick, near };
}

/** What to search for, the field, the operator's words, how to fill in its values, what must hold, and words of its chip. */
export function filtersOf(dialog) {
    const { value, span, tick, near } = fillersOf(dialog);
    return [
        ['name', /^Name/, 'contains', value('AMINA'), (v) => /amina/i.test(v.name), 'contains “AMINA”'],
        ['name', /^Name/, 'does not contain', value('a'), (v) => !/a/i.test(v.name)],
        ['name', /^Name/, 'starts with', value('bo &'), (v) => v.name === 'Bo & Co'],
        ['name', /^Name/, 'is', value("o'hara"), (v) => v.name === "O'Hara"],
        ['name', /^Name/, 'is not', value('li'), (v) => v.name !== 'Li'],
        ['name', /^Name/, 'is empty', undefined, (v) => v.name === ''],
        ['age', /^Age/, 'is', value('15'), (v) => v.age === '15'],
        ['age', /^Age/, 'is not', value('15'), (v) => v.age !== '15'],
        ['age', /^Age/, 'is at least', value('18'), (v) => v.age !== '' && Number(v.age) >= 18, '≥ 18'],
        ['age', /^Age/, 'is less than', value('5'), (v) => v.age === '0'],
        [
            'weight',
            /^Weight/,
            'is between',
            span('11.5', '14.5'),
            (v) => ['11.5', '12.5', '14.5'].includes(v.weight),
        ],
        ['weight', /^Weight/, 'is empty', undefined, (v) => v.weight === ''],
        ['born', /^Born/, 'is on', value('2020-01-02'), (v) => v.born === '2020-01-02'],
        ['born', /^Born/, 'is before', value('2020-01-03'), (v) => v.born !== '' && v.born < '2020-01-03'],
        [
            'born',
            /^Born/,
            'is between',
            span('2020-01-02', '2020-01-04'),
            (v) => v.born >= '2020-01-02' && v.born <= '2020-01-04',
        ],
        ['time', /^Time/, 'is after', value('12:30'), (v) => v.at > '12:31'],
        ['time', /^Time/, 'is on', value('07:30'), (v) => v.at.startsWith('07:30')],
        ['met', /^Met/, 'is on', value('2026-03-02'), (v) => v.met.startsWith('2026-03-02')],
        ['met', /^Met/, 'is after', value('2026-03-10'), (v) => v.met >= '2026-03-11'],
        [
            'water',
            /^Source/,
            'is any of',
            tick('Well', 'Tap'),
            (v) => ['well', 'tap'].includes(v.water),
            'is Well, Tap',
        ],
        ['water', /^Source/, 'is none of', tick('Well'), (v) => v.water !== 'well'],
        ['own', /^What/, 'has any of', tick('Radio', 'Bicycle'), (v) => /radio|bicycle/.test(v.assets)],
        ['own', /^What/, 'has all of', tick('Radio', 'Phone'), (v) => v.assets === 'radio phone'],
        ['own', /^What/, 'has none of', tick('Phone'), (v) => !v.assets.includes('phone')],
        [
            'place',
            /^Place/,
            'is near a point',
            near('-1.5', '36.25', '2500'),
            (v) => [0, 1, 2].includes(v.number),
        ],
        ['place', /^Place/, 'has no place', undefined, (v) => v.place === ''],
        ['photo', /^Photo/, 'has a file', undefined, (v) => v.photo !== ''],
        [
            'years',
            /^Years/,
            'is more than',
            value('20'),
            (v) => v.children.some((years) => years > 20),
            'Child',
        ],
        ['child', /^Child/, 'has no rows', undefined, (v) => v.children.length === 0],
        ['missing', /^Files missing/, 'is yes', undefined, (v) => v.photo !== '' && !v.isPhotoSent],
        [
            'received',
            /^Received/,
            'is in the last days',
            () => dialog.getByLabel('Number of days').fill('2'),
            () => true,
        ],
        ['sent', /^Sent by/, 'is any of', tick('Phone 1'), () => true],
        ['version', /^Form version/, 'is none of', tick('1'), () => false],
        ['edited', /^Edited/, 'is yes', undefined, () => false],
        ['review', /^Review/, 'is any of', tick('Approved', 'Received'), () => true],
    ];
}
