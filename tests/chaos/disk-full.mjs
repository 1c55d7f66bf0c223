#!/usr/bin/env node
// R9: the disk of the journal, of files, of PostgreSQL's log, of the whole database, of all data runs full while phones submit. Nothing that was acknowledged may
// be lost; who is refused is told 503 or 507 and when to come again; and once there is room, submissions are taken again within 10 seconds, without anybody.
//   script/chaos disk-full [--places journal,blobs,wal,database,data] [--full-seconds 8] [--clients 6] [--control]
// --control believes in answers before they come, and leaves the disk full: its exit code is 0 when losses were seen, and that nothing was taken again.
// Needs root, for small file systems in memory; without it it was not run, says so, and its exit code is 77.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { OwnServer, pause } from '../../bench/load/server.mjs';
import { SmallDisk, whyNoMounts } from './support/disks.mjs';
import { countsOf, findLosses, Phones } from './support/phones.mjs';
import { conclude, drained, notRun, run, sql } from './support/trial.mjs';

const MIB = 1 << 20;
const LONGEST_RECOVERY_MS = 10_000;
const LONGEST_FILLING_MS = 60_000;

// Files are refused below 512 MiB of free space, which belong to the database; the journal stops at 64 MiB.
const PLACES = {
  journal: { folder: 'journal', bytes: 160 * MIB }, blobs: { folder: 'blobs', bytes: 640 * MIB }, wal: { folder: 'postgres/pg_wal', bytes: 96 * MIB },
  database: { folder: 'postgres', bytes: 256 * MIB }, data: { folder: '', bytes: 900 * MIB },
};

const { values } = parseArgs({
  options: {
    places: { type: 'string', default: Object.keys(PLACES).join(',') }, 'full-seconds': { type: 'string', default: '8' }, clients: { type: 'string', default: '6' },
    control: { type: 'boolean', default: false },
  },
});
const [fullSeconds, clients] = [Number(values['full-seconds']), Number(values.clients)];
// While the disk of the database alone is full, the intake journal acknowledges everything, and even phones that believe lose nothing.
const places = values.control ? ['data'] : values.places.split(',');

/** Waits until as many as there are phones were acknowledged, some of them with a file; gives the milliseconds, null when it took longer than bearable. */
const recovery = async (phones) => {
  const since = performance.now();
  const before = phones.answered;
  while (performance.now() - since < 3 * LONGEST_RECOVERY_MS) {
    if (phones.answered >= before + 2 * clients) {
      return Math.round(performance.now() - since);
    }
    await pause(20);
  }
  return null;
};

/** Whether the full disk does something to somebody by now. The journal steps aside without a refusal; PostgreSQL's log is made to need room soon. */
const isFelt = async (place, server, phones) => {
  if (place === 'journal') {
    return /has trouble/.test((await run(server.program, ['journal', '--data', server.data])).stdout);
  }
  if (place !== 'blobs') {
    await sql(server, 'select pg_switch_wal();').catch(() => {});
  }
  // Since the intake journal stands before the database, phones are acknowledged by that alone, and feel nothing.
  return Object.keys(phones.refused).length > 0 || phones.broken > 0 || /by the intake journal alone/.test(server.log);
};

const ordeal = async (place, server, disk, household) => {
  const phones = new Phones(server, household.submissionPath, { isBlind: values.control, photoEvery: 3, restMs: 10 });
  const running = phones.run(clients);
  await phones.isHeard();
  await pause(1000);
  // What others give back while it is full is taken, too; from when somebody feels it so many seconds more.
  let feltAt = null;
  for (const since = performance.now(); performance.now() - since < LONGEST_FILLING_MS && performance.now() - (feltAt ?? performance.now()) < fullSeconds * 1000;) {
    disk.fill();
    await pause(50);
    feltAt ??= await isFelt(place, server, phones) ? performance.now() : null;
  }
  const whileFull = { isFelt: feltAt !== null, seconds: fullSeconds, refused: { ...phones.refused }, acknowledged: phones.acknowledged.size };
  if (values.control) {
    const before = phones.answered;
    await pause(LONGEST_RECOVERY_MS);
    const wentOn = phones.answered > before + clients;
    disk.free();
    phones.end();
    await running;
    return { phones, whileFull, recoveryMs: null, wentOn };
  }
  disk.free();
  const recoveryMs = await recovery(phones);
  await pause(500);
  phones.end();
  await running;
  return { phones, whileFull, recoveryMs };
};

const lastOf = (folder) => fs.readdirSync(folder).map((file) => fs.readFileSync(path.join(folder, file), 'utf8').slice(-2000)).join('\n');

/** One place: the folder gets a small disk while the server is stopped. */
const tryPlace = async (place) => {
  const server = new OwnServer();
  let disk = null;
  try {
    await server.start();
    await server.setUp();
    const household = await server.prepareHousehold();
    await server.stop();
    disk = new SmallDisk(path.join(server.data, PLACES[place].folder), PLACES[place].bytes);
    await server.start();
    const { phones, whileFull, recoveryMs, wentOn } = await ordeal(place, server, disk, household);
    if (recoveryMs === null) {
      // What the report says of losses must not depend on it: somebody starts it again.
      console.error(`${place}: it did not go on by itself; its log ends:\n${server.log.slice(-3000)}\n${lastOf(path.join(server.data, 'log', 'postgres'))}`);
      await server.stop();
      await server.start();
    }
    const waited = await drained(server);
    const found = await findLosses(server, household.project, phones.acknowledged);
    await pause(1500);
    const verified = await run(server.program, ['verify', '--data', server.data]);
    return { place, ...countsOf(phones, found), ...waited, whileFull, recoveryMs, verify: verified.code, ...(wentOn === undefined ? {} : { wentOn }) };
  } finally {
    disk?.free();
    await server.stop();
    disk?.release();
    fs.rmSync(server.data, { recursive: true, force: true });
  }
};

const why = whyNoMounts();
if (why !== null) {
  notRun('disk-full', why);
}
const found = [];
for (const place of places) {
  found.push(await tryPlace(place));
  console.error(JSON.stringify(found.at(-1)));
}
const sum = (what) => found.reduce((total, one) => total + one[what], 0);
const slow = found.filter(({ recoveryMs }) => recoveryMs === null || recoveryMs > LONGEST_RECOVERY_MS).map(({ place }) => place);
const isGood = values.control ? sum('lost') > 0 && found.every(({ wentOn }) => !wentOn)
  : sum('lost') + sum('changed') + sum('twice') + sum('unclear') === 0 && slow.length === 0 && sum('acknowledged') > 0 && found.every(({ verify, whileFull }) => verify === 0 && whileFull.isFelt);
conclude(isGood, { trial: values.control ? 'disk-full, control' : 'disk-full', places: found },
  `${places.join(', ')} full: ${sum('acknowledged')} acknowledged, ${sum('lost')} lost, ${sum('changed')} changed, ${sum('twice')} there twice, ${sum('unclear')} refused without a clear word; `
  + (values.control ? 'left full, it did not go on (the control must lose some)'
    : slow.length === 0 ? `went on by itself after ${Math.max(...found.map(({ recoveryMs }) => recoveryMs))} ms at most` : `did NOT go on within ${LONGEST_RECOVERY_MS / 1000} s: ${slow.join(', ')}`));
