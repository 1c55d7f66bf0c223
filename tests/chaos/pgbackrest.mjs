#!/usr/bin/env node
// R4 with base backups by pgBackRest: a server takes a full one, and a day later, by a clock that was set back for its first life, one of what changed; commits go on before,
// between and after. What is restored to a random instant must have every commit until then, to the microsecond, and no other, and “fieldkeep verify” must find nothing.
//   script/chaos pgbackrest [--instants 3] [--commits 600] [--control]
// --control flips one bit in so many files that pgBackRest wrote, one after the other: each must be found by “verify-backup” and by “restore”, which must leave nothing
// behind. Its exit code is 0 when all were. Needs pgbackrest and libfaketime; without them it was not run, says so, and its exit code is 77.
import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { OwnServer, pause, withOwnServer } from '../../bench/load/server.mjs';
import { ask, restore, run, signIn } from './support/restored.mjs';
import { filesBelow } from './support/search.mjs';
import { conclude, has, notRun, run as runProgram } from './support/trial.mjs';

const { values } = parseArgs({
  options: { instants: { type: 'string', default: '3' }, commits: { type: 'string', default: '600' }, control: { type: 'boolean', default: false } },
});
const [instants, commitsWanted] = [values.instants, values.commits].map(Number);
const WRITERS = 4;
const name = values.control ? 'pgbackrest, control' : 'pgbackrest';
const library = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((machine) => `/usr/lib/${machine}/faketime/libfaketime.so.1`).find((file) => fs.existsSync(file));
if (!has('pgbackrest', 'version')) {
  notRun(name, 'pgbackrest is not installed: apt-get install pgbackrest');
}
if (!library) {
  notRun(name, 'libfaketime is missing: apt-get install libfaketime');
}
// .NET waits by the monotonic clock, and pgBackRest sees by the times of files what changed: neither is set back.
const aDayAgo = { LD_PRELOAD: library, FAKETIME: '-90000s', FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_FORCE_MONOTONIC_FIX: '0', NO_FAKE_STAT: '1' };

const until = async (server, isSo) => {
  for (let waited = 0; ; waited += 200) {
    const target = (await server.need(200, 'GET', '/api/backups')).json.targets[0];
    if (isSo(target)) {
      return;
    }
    if (waited > 120_000) {
      throw new Error(`it did not happen: ${JSON.stringify(target)}\n${server.log}`);
    }
    await pause(200);
  }
};

const basesOf = (server) => fs.readdirSync(path.join(server.data, 'backups', 'backups')).filter((one) => !one.startsWith('.')).sort();
const placeOf = (server, base) => JSON.parse(fs.readFileSync(path.join(server.data, 'backups', 'backups', base, 'manifest.json'), 'utf8')).pgBackRest;
const textOf = (us) => `${new Date(Number(us / 1000n)).toISOString().slice(0, 20)}${String(us % 1_000_000n).padStart(6, '0')}Z`;

const commit = (server, count) => {
  const insert = `insert into public.marks (filler) values (repeat('x', (random() * 4000)::int)); select pg_sleep(random() * 0.01);\n`;
  return Promise.all(Array.from({ length: WRITERS }, () => run(server, insert.repeat(Math.ceil(count / WRITERS)))));
};

/** Two base backups by pgBackRest and commits around them; the server is stopped. Gives the commits, in their order. */
const live = async (server) => {
  server.environment = { FIELDKEEP_BACKUP: path.join(server.data, 'backups'), FIELDKEEP_BACKUP_WITH: 'pgbackrest', ...aDayAgo };
  await server.start();
  await server.setUp();
  ask(server, 'alter system set track_commit_timestamp = on');
  await server.stop();
  await server.start();
  await until(server, (target) => target.newestBase !== null && target.troubles.length === 0);
  ask(server, 'create table public.marks (id bigserial primary key, filler text)');
  await commit(server, commitsWanted / 3);
  await server.stop();
  for (const setting of Object.keys(aDayAgo)) {
    delete server.environment[setting];
  }
  await server.start();
  // A day has gone by, for sign-ins too.
  await signIn(server);
  await commit(server, commitsWanted / 3);
  await until(server, (target) => basesOf(server).length === 2 && target.troubles.length === 0);
  await commit(server, commitsWanted / 3);
  const commits = ask(server, 'select id, (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000000)::bigint from public.marks order by 2, 1')
    .split('\n').map((line) => line.split('|')).map(([id, at]) => ({ id: Number(id), at: BigInt(at) }));
  await until(server, (target) => target.until !== null && Date.parse(target.until) > Number(commits.at(-1).at / 1000n) + 1);
  await server.stop();
  const places = basesOf(server).map((base) => placeOf(server, base));
  if (places.some((place) => !place) || places[0].chain !== places[1].chain || !/F_.*I$/.test(places[1].label)) {
    throw new Error(`there is no full backup with one of what changed: ${JSON.stringify(places)}`);
  }
  return { commits, places };
};

const restoreAll = async (server, commits) => {
  const found = { missing: 0, extra: 0, findings: 0, restoreSeconds: [] };
  for (let n = 1; n <= instants; n++) {
    // One in each life at least, whichever base backup that stands on.
    const at = commits[randomInt(Math.floor((n - 1) * commits.length / instants), Math.floor(n * commits.length / instants))].at;
    const began = performance.now();
    const restored = await restore(server, ['--from', path.join(server.data, 'backups'), '--to', textOf(at)]);
    found.restoreSeconds.push(Math.round((performance.now() - began) / 100) / 10);
    try {
      const ledger = JSON.parse((await runProgram(restored.program, ['verify', '--data', restored.data, '--json'])).stdout);
      found.findings += ledger.holds ? 0 : Math.max(1, ledger.findings.length);
      await restored.start();
      const there = new Set(ask(restored, 'select id from public.marks').split('\n').filter(Boolean).map(Number));
      const wanted = new Set(commits.filter((one) => one.at <= at).map(({ id }) => id));
      found.missing += [...wanted].filter((id) => !there.has(id)).length;
      found.extra += [...there].filter((id) => !wanted.has(id)).length;
      console.error(`${n} of ${instants}: ${textOf(at)}: ${there.size} commits of ${commits.length}, ${found.missing} missing, ${found.extra} extra until now`);
    } finally {
      await restored.remove();
    }
  }
  return found;
};

/** Flips a bit in so many files, one after the other. */
const damage = async (server) => {
  const from = path.join(server.data, 'backups');
  const files = filesBelow(path.join(from, 'pgbackrest')).filter((file) => file.includes('/pg_data/') && fs.statSync(file).size > 0);
  const found = { damaged: 0, verifyFound: 0, restoreRefused: 0, leftBehind: 0 };
  for (let n = 0; n < instants * 2; n++) {
    const file = files[randomInt(files.length)];
    const good = fs.readFileSync(file);
    const bad = Buffer.from(good);
    bad[randomInt(bad.length)] ^= 1 << randomInt(8);
    fs.writeFileSync(file, bad);
    const other = new OwnServer();
    try {
      found.damaged++;
      found.verifyFound += (await runProgram(server.program, ['verify-backup', '--from', from])).code === 22 ? 1 : 0;
      found.restoreRefused += (await runProgram(server.program, ['restore', '--from', from, '--to', 'latest', '--data', other.data])).code === 22 ? 1 : 0;
      found.leftBehind += fs.existsSync(path.join(other.data, 'postgres')) ? 1 : 0;
    } finally {
      fs.writeFileSync(file, good);
      await other.remove();
    }
  }
  const whole = await runProgram(server.program, ['verify-backup', '--from', from]);
  return { ...found, wholeAgain: whole.code === 0 };
};

const report = await withOwnServer(async (server) => {
  const { commits, places } = await live(server);
  const bytes = (label) => filesBelow(path.join(server.data, 'backups', 'pgbackrest')).filter((file) => file.includes(`/${label}/`))
    .reduce((sum, file) => sum + fs.statSync(file).size, 0);
  const taken = { trial: name, commits: commits.length, fullBytes: bytes(places[0].label), changedBytes: bytes(places[1].label) };
  return { ...taken, ...await (values.control ? damage(server) : restoreAll(server, commits)) };
});

if (values.control) {
  const isFound = report.verifyFound === report.damaged && report.restoreRefused === report.damaged && report.leftBehind === 0;
  conclude(isFound && report.damaged > 0 && report.wholeAgain, report,
    `a bit flipped in ${report.damaged} files, one after the other: ${report.verifyFound} found by verify-backup, ${report.restoreRefused} restores refused, ${report.leftBehind} left something; `
    + `${report.wholeAgain ? 'whole again afterwards' : 'NOT whole afterwards'}`);
} else {
  conclude(report.missing + report.extra + report.findings === 0 && report.commits > 0, report,
    `${instants} instants among ${report.commits} commits, ${report.missing} missing, ${report.extra} extra, ${report.findings} findings of verify; `
    + `a full base backup of ${report.fullBytes} bytes and what changed, ${report.changedBytes} bytes; restored in ${report.restoreSeconds.join(', ')} s`);
}
