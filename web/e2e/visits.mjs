// Twelve visits to a clinic, each answer following from its number, so that what a filter finds can be told.
const names = [
    'Amina Ziniaré',
    'amina',
    "O'Hara",
    'مريم',
    '',
    'Bo & Co',
    'José',
    'Li',
    'Issa',
    'Awa',
    'Cid',
    'Bea',
];

/** The visits. */
export const visits = names.map((name, number) => ({
    number,
    id: `uuid:${String(number).padStart(8, '0')}-aaaa-4aaa-8aaa-aaaaaaaaaaaa`,
    name,
    age: number === 4 ? '' : String(number * 5),
    weight: number % 3 === 0 ? '' : String(10.5 + number),
    born: number === 4 ? '' : `2020-01-${String(number + 1).padStart(2, '0')}`,
    at: number === 4 ? '' : `${String(6 + number).padStart(2, '0')}:30:00.000+03:00`,
    met: number === 4 ? '' : `2026-03-${String(number + 1).padStart(2, '0')}T01:00:00.000+03:00`,
    water: ['well', 'tap', 'river', ''][number % 4],
    assets: ['radio', 'radio phone', 'phone bicycle', ''][number % 4],
    place: number === 4 ? '' : `${(-1.5 - number / 100).toFixed(2)} 36.25 0 5`,
    children: number % 4 === 0 ? [] : [number, number + 10],
    photo: number === 4 ? '' : `photo-${number}.jpg`,
    isPhotoSent: number % 2 === 0 && number !== 4,
}));

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
/** What a phone sends of a visit; an edit names the id it was sent with before. */
export const instanceOf = (visit, name = visit.name, deprecated = '') =>
    `<?xml version='1.0' ?><data id="clinic" version="1" xmlns:orx="http://openrosa.org/xforms">` +
    `<name>${escape(name)}</name><age>${visit.age}</age><weight>${visit.weight}</weight><born>${visit.born}</born>` +
    `<at>${visit.at}</at><met>${visit.met}</met>` +
    `<home><water>${visit.water}</water><assets>${visit.assets}</assets><place>${visit.place}</place></home>` +
    visit.children
        .map((years) => `<child><nickname>N${years}</nickname><years>${years}</years></child>`)
        .join('') +
    `<photo>${visit.photo}</photo>` +
    `<meta><instanceID>${deprecated === '' ? visit.id : `${visit.id}-2`}</instanceID>` +
    `${deprecated === '' ? '' : `<deprecatedID>${deprecated}</deprecatedID>`}</meta></data>`;
