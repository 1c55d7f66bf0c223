// Opens the file of each format and finds the twelve visits in it.
import assert from 'node:assert/strict';
import { readCsv, readZip } from './zip.mjs';

const namesOf = (visits) => visits.map((visit) => visit.name).sort();
const children = (visits) => visits.reduce((count, visit) => count + visit.children.length, 0);
const photosOf = (visits) =>
    visits
        .filter((visit) => visit.isPhotoSent)
        .map((visit) => `media/${visit.photo}`)
        .sort();
const places = (visits) => visits.filter((visit) => visit.place !== '').length;
const text = (bytes) => bytes.toString('utf8');
const rowsOf = (bytes) => text(bytes).match(/<row /g).length;

/** Says how many cases the header of an SPSS system file tells of. */
function casesOf(sav) {
    assert.equal(sav.toString('latin1', 0, 4), '$FL2');
    return sav.readInt32LE(80);
}

/** What each format promises on the page, how its file is called, and how it is opened. */
export const openers = {
    'CSV with repeats': {
        name: 'clinic.zip',
        promise: '12 submissions · 2 tables · with photos and files',
        open(bytes, visits) {
            const files = readZip(bytes);
            const rows = readCsv(files.get('clinic.csv'));
            assert.deepEqual(rows.map((row) => row.name).sort(), namesOf(visits));
            assert.equal(readCsv(files.get('clinic-child.csv')).length, children(visits));
            assert.deepEqual(
                [...files.keys()].filter((name) => name.startsWith('media/')).sort(),
                photosOf(visits),
            );
        },
    },
    'Excel workbook': {
        name: 'clinic.xlsx',
        promise: '12 submissions · 2 sheets',
        open(bytes, visits) {
            const files = readZip(bytes);
            assert.ok(files.has('xl/workbook.xml'));
            assert.match(text(files.get('xl/workbook.xml')), /name="clinic"/);
            assert.equal(rowsOf(files.get('xl/worksheets/sheet1.xml')), visits.length + 1);
            assert.equal(rowsOf(files.get('xl/worksheets/sheet2.xml')), children(visits) + 1);
        },
    },
    'CSV, one file': {
        name: 'clinic.csv',
        promise: '12 submissions · 26 columns · without repeats',
        open(bytes, visits) {
            const rows = readCsv(bytes);
            assert.deepEqual(rows.map((row) => row.name).sort(), namesOf(visits));
            assert.equal(Object.keys(rows[0]).length, 26);
        },
    },
    SPSS: {
        name: 'clinic.sav.zip',
        promise: '12 submissions · 2 tables · labels in \u2068English (en)\u2069',
        open(bytes, visits) {
            const files = readZip(bytes);
            assert.equal(casesOf(files.get('clinic.sav')), visits.length);
            assert.equal(casesOf(files.get('clinic-child.sav')), children(visits));
        },
    },
    'JSON For': {
        name: 'clinic.json',
        promise: '12 submissions',
        open(bytes, visits) {
            const all = JSON.parse(text(bytes));
            assert.deepEqual(all.map((one) => one.values.name ?? '').sort(), namesOf(visits));
            assert.equal(
                all.reduce((count, one) => count + (one.values.child ?? []).length, 0),
                children(visits),
            );
        },
    },
    'JSON lines': {
        name: 'clinic.ndjson',
        promise: '12 submissions',
        open(bytes, visits) {
            const lines = text(bytes).trimEnd().split('\n');
            assert.deepEqual(lines.map((line) => JSON.parse(line).values.name ?? '').sort(), namesOf(visits));
        },
    },
    GeoJSON: {
        name: 'clinic.geojson',
        promise: '12 submissions',
        open(bytes, visits) {
            const map = JSON.parse(text(bytes));
            assert.equal(map.type, 'FeatureCollection');
            const placed = map.features.filter((feature) => feature.geometry !== null);
            assert.equal(placed.length, places(visits));
            assert.ok(placed.every((feature) => feature.geometry.type === 'Point'));
        },
    },
    KML: {
        name: 'clinic.kml',
        promise: '12 submissions',
        open(bytes, visits) {
            assert.match(text(bytes), /^<\?xml[^>]*>\s*<kml xmlns="http:\/\/www\.opengis\.net\/kml\/2\.2">/);
            assert.equal(text(bytes).match(/<Point>/g).length, places(visits));
        },
    },
    'Photos and files': {
        name: 'clinic.media.zip',
        promise: '12 submissions · with photos and files',
        open(bytes, visits) {
            assert.deepEqual([...readZip(bytes).keys()].sort(), photosOf(visits));
        },
    },
};
