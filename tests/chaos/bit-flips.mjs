#!/usr/bin/env node
// R12: flips random bits in everything that is stored, one installation, each put back: files of submissions, sealed columns, the ledger and its checkpoints, root
// key and keyring, pages of PostgreSQL, a backup directory, the journal. Each must be noticed before anything of it is served: an error in the place of content,
// or “fieldkeep verify”, “verify-backup”, “journal” or PostgreSQL's checksums tell. What is never read, or is there twice, is told apart in `passedOver`.
//   script/chaos bit-flips [--flips 100] [--only PLACE] [--control]
// --control flips bits in a name, which is kept clear and unguarded: its exit code is 0 when that was served and nobody noticed. 1,000 flips: --flips 1000.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { FORM_ID } from '../../bench/load/household.mjs';
import { pause, withOwnServer } from '../../bench/load/server.mjs';
import * as places from './support/flips.mjs';
import { Phones, sha256 } from './support/phones.mjs';
import { conclude, need } from './support/trial.mjs';

const { values } = parseArgs({
  options: { flips: { type: 'string', default: '100' }, only: { type: 'string' }, control: { type: 'boolean', default: false } },
});
const wanted = Number(values.flips);
const SUBMISSIONS = 60;
const PHOTO_BYTES = 40_000;

// Of a hundred flips so many are here, so many at once. What needs a start or a command for each has fewer.
const SHARES = [['blobs', 26, 15], ['answers', 25, 15], ['ledger', 15, 5], ['keyring', 7, 7], ['backup', 5, 5], ['journal', 3, 3], ['pages', 19, 10]];

const postgresBin = () => {
  const debian = '/usr/lib/postgresql';
  const versions = fs.existsSync(debian) ? fs.readdirSync(debian).sort((one, other) => other - one).map((version) => path.join(debian, version, 'bin')) : [];
  return [process.env.FIELDKEEP_POSTGRES_BIN, ...versions, '/usr/bin'].find((folder) => folder && fs.existsSync(path.join(folder, 'pg_checksums')));
};

const prepare = async (server, outside) => {
  await server.start();
  await server.setUp();
  const { project, submissionPath } = await server.prepareHousehold();
  // Each with a photo; more are sent later where the journal is to have something new.
  const submit = async (count) => {
    const phones = new Phones(server, `${submissionPath}?deviceID=collect:flipped`, { photoEvery: 1, photoBytes: PHOTO_BYTES });
    const running = phones.run(3);
    while (phones.acknowledged.size < count) {
      await pause(10);
    }
    phones.end();
    await running;
    return [...phones.acknowledged].map(([instanceId, { photo, xmlHash }]) => ({ instanceId, photo, xmlHash }));
  };
  const submissions = await submit(SUBMISSIONS);
  const target = path.join(outside, 'backup');
  await need(server.program, ['backup', '--data', server.data, '--to', target]);
  const readAll = [];
  for (const { instanceId, photo, xmlHash } of submissions) {
    const address = `/v1/projects/${project}/forms/${FORM_ID}/submissions/${encodeURIComponent(instanceId)}`;
    const read = [];
    for (const one of [`${address}.xml`, address, `${address}/attachments`, `${address}/attachments/${photo.name}`]) {
      read.push(sha256((await server.need(200, 'GET', one)).bytes));
    }
    if (read[0] !== xmlHash || read[3] !== photo.hash) {
      throw new Error(`${instanceId} is not as it was sent before anything was flipped`);
    }
    readAll.push(read);
  }
  return { server, project, target, submissions, readAll, send: () => submit(30), postgresBin: postgresBin() };
};

const flipIn = async (place, installation, count, most, counts) => {
  for (let done = 0, round = 0; done < count; round++) {
    const found = await places[place](installation, Math.min(most, count - done), round);
    done += found.flips;
    counts.flips += found.flips;
    counts.noticed += found.noticed;
    counts.wrong += found.wrong;
    for (const why of found.passedOver ?? []) {
      counts.passedOver[why] = (counts.passedOver[why] ?? 0) + 1;
    }
    counts.missed.push(...(found.missed ?? []));
  }
};

const trial = async (server, outside) => {
  const installation = await prepare(server, outside);
  const report = { trial: values.control ? 'bit-flips, control' : 'bit-flips', places: {} };
  const chosen = values.control ? [['clearNames', 100, 1]] : SHARES.filter(([place]) => !values.only || values.only === place);
  for (const [place, share, most] of chosen) {
    const counts = { flips: 0, noticed: 0, wrong: 0, passedOver: {}, missed: [] };
    report.places[place] = counts;
    if (place === 'pages') {
      await server.stop();
      if (!installation.postgresBin) {
        counts.missed.push('pg_checksums is missing here');
        continue;
      }
    }
    const since = performance.now();
    await flipIn(place, installation, values.only ? wanted : values.control ? 3 : Math.max(1, Math.round(wanted * share / 100)), most, counts);
    console.error(`${place}: ${JSON.stringify(counts)} in ${Math.round((performance.now() - since) / 1000)} s`);
  }
  const sum = (what) => Object.values(report.places).reduce((total, one) => total + what(one), 0);
  return {
    ...report, flips: sum(({ flips }) => flips), noticed: sum(({ noticed }) => noticed), wrong: sum(({ wrong }) => wrong),
    passedOver: sum(({ passedOver }) => Object.values(passedOver).reduce((total, count) => total + count, 0)), missed: sum(({ missed }) => missed.length),
  };
};

const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-outside-'));
const report = await withOwnServer((server) => trial(server, outside)).finally(() => fs.rmSync(outside, { recursive: true, force: true }));
const isGood = values.control ? report.wrong > 0 && report.noticed === 0
  : report.wrong === 0 && report.missed === 0 && report.noticed > 0 && report.noticed + report.passedOver === report.flips;
conclude(isGood, report, `${report.flips} flips, ${report.noticed} noticed, ${report.passedOver} in what is never read or there twice, ${report.missed} missed, `
  + `${report.wrong} served wrong${values.control ? ' (the control must be served)' : ''}`);
