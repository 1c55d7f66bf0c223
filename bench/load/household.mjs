// The household form's filled instances: the same number always gives the same answers. Nobody in them exists.
import { createHash } from 'node:crypto';

export const FORM_ID = 'household';
export const FORM_VERSION = '1';

const pick = (random, list) => list[Math.floor(random() * list.length)];
const several = (random, list) => list.filter(() => random() < 0.45).join(' ');
const day = (random, from, days) => new Date(from + Math.floor(random() * days) * 86_400_000).toISOString().slice(0, 10);

// mulberry32: 32 bits of state are enough for answers that only have to look varied.
const randomOf = (seed) => {
  let state = (seed + 1) * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};

const salts = new Map();
const saltOf = (run) => {
  if (!salts.has(run)) {
    salts.set(run, createHash('sha256').update(run).digest().readUInt32BE());
  }
  return salts.get(run);
};

/** The instance id of number `n` in a run: the same run and number give the same id. */
export const instanceIdOf = (run, n) => {
  const of = (seed) => Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) >>> 0;
  const hex = (value, digits) => (value >>> 0).toString(16).padStart(8, '0').slice(-digits);
  const salt = saltOf(run);
  return `uuid:${hex(salt, 8)}-${hex(of(n + 1), 4)}-4${hex(of(n ^ salt), 3)}-8${hex(of(n + salt), 3)}-0000${hex(n, 8)}`;
};

const memberOf = (random, index) => {
  const age = Math.floor(random() * 75);
  const school = age > 4 && age < 20 ? `<in_school>${pick(random, ['yes', 'no'])}</in_school>` : '<in_school/>';
  return `<member><member_mark>M${index + 1}</member_mark><member_sex>${pick(random, ['female', 'male'])}</member_sex>`
    + `<member_age>${age}</member_age><relation>${pick(random, ['partner', 'child', 'parent', 'other'])}</relation>`
    + `<tasks>${several(random, ['field', 'water', 'cooking', 'animals', 'market'])}</tasks>${school}</member>`;
};

/**
 * The XML of instance `n`, 2 to 3 KB.
 * @param {number} n
 * @param {{instanceId: string, photo?: string, enumerator?: string, notes?: string, deviceId?: string}} facts
 */
export const instanceXml = (n, { instanceId, photo = '', enumerator, notes, deviceId }) => {
  const random = randomOf(n);
  const started = Date.UTC(2026, 0, 5) + n * 97_000;
  const at = (later) => new Date(started + later).toISOString().replace('Z', '+00:00');
  const date = at(0).slice(0, 10);
  const code = `HH-${String(n).padStart(6, '0')}`;
  const members = Array.from({ length: 2 + Math.floor(random() * 6) }, (_, index) => memberOf(random, index)).join('');
  const place = `${(random() * 4 - 2).toFixed(7)} ${(30 + random() * 4).toFixed(7)} ${(900 + random() * 600).toFixed(1)} ${(3 + random() * 6).toFixed(1)}`;
  return `<?xml version='1.0' ?><data id="${FORM_ID}" version="${FORM_VERSION}" xmlns:orx="http://openrosa.org/xforms" xmlns:jr="http://openrosa.org/javarosa">`
    + `<start>${at(0)}</start><end>${at(1_500_000)}</end><today>${date}</today><deviceid>${deviceId ?? `collect:device${n % 40}`}</deviceid>`
    + `<visit><enumerator>${enumerator ?? `E${(n % 25) + 1}`}</enumerator><household_code>${code}</household_code>`
    + `<district>${pick(random, ['north', 'south', 'east', 'west'])}</district><settlement>Settlement ${1 + Math.floor(random() * 60)}</settlement>`
    + `<visit_date>${date}</visit_date><place>${place}</place><consent>yes</consent></visit>`
    + `<head><head_sex>${pick(random, ['female', 'male'])}</head_sex><head_age>${18 + Math.floor(random() * 60)}</head_age>`
    + `<head_schooling>${pick(random, ['none', 'primary', 'secondary', 'higher'])}</head_schooling>`
    + `<head_work>${pick(random, ['farming', 'trade', 'wage', 'none'])}</head_work><arrived>${day(random, Date.UTC(2015, 0, 1), 4000)}</arrived></head>`
    + members
    + `<dwelling><water>${pick(random, ['tap', 'borehole', 'well', 'truck'])}</water><water_minutes>${Math.floor(random() * 120)}</water_minutes>`
    + `<latrine>${pick(random, ['own', 'shared', 'none'])}</latrine><roof>${pick(random, ['iron', 'thatch', 'sheet'])}</roof>`
    + `<goods>${several(random, ['radio', 'phone', 'bicycle', 'stove', 'mosquito_net'])}</goods><light>${pick(random, ['grid', 'solar', 'fire'])}</light></dwelling>`
    + `<food_days>${Math.floor(random() * 30)}</food_days><photo>${photo}</photo>`
    + `<notes>${notes ?? `The household was visited on ${date}; the path floods after rain, ask for the way at the well. Return visit ${random() < 0.5 ? 'not ' : ''}needed.`}</notes>`
    + `<orx:meta><orx:instanceID>${instanceId}</orx:instanceID><orx:instanceName>${code}</orx:instanceName></orx:meta></data>`;
};
