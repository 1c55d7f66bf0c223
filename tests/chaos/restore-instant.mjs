#!/usr/bin/env node
// R4: several writers commit while a server follows with its backup directory; PostgreSQL itself tells when each commit was. What is restored to a random
// instant must have every commit until then, to the microsecond, and no other, and “fieldkeep verify” must find nothing. Half of the instants are those of commits.
//   script/chaos restore-instant [--instants 10] [--commits 2000] [--gigabytes 0] [--clients 8] [--control]
// --gigabytes lets phones fill the installation with submissions first, each with a photo of 500 kB: all of them come back from the log and the files that
// followed it, for the base backup is of before.
// --control compares with the commits until a quarter of a second later, so that some must be missing. Its exit code is 0 when they were.
import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import path from 'node:path';
import { pause, withOwnServer } from '../../bench/load/server.mjs';
import { Phones } from './support/phones.mjs';
import { ask, restore, run } from './support/restored.mjs';
import { filesBelow } from './support/search.mjs';
import { run as runProgram } from './support/trial.mjs';

const { values } = parseArgs({
  options: {
    instants: { type: 'string', default: '10' }, commits: { type: 'string', default: '2000' }, gigabytes: { type: 'string', default: '0' },
    clients: { type: 'string', default: '8' }, control: { type: 'boolean', default: false },
  },
});
const writers = 4;
const instants = Number(values.instants);
const PHOTO_BYTES = 500_000;
const LATER_US = 250_000n;

const targetOf = async (server) => (await server.need(200, 'GET', '/api/backups')).json.targets[0];

const until = async (server, isSo) => {
  for (let waited = 0; ; waited += 200) {
    const target = await targetOf(server);
    if (isSo(target)) {
      return;
    }
    if (waited > 120_000) {
      throw new Error(`it did not happen: ${JSON.stringify(target)}`);
    }
    await pause(200);
  }
};

const round = (value) => Math.round(value * 100) / 100;

/** Bytes of a data directory without its backups. */
const sizeOf = (server) => filesBelow(server.data).filter((file) => !file.startsWith(path.join(server.data, 'backups')))
  .reduce((sum, file) => sum + (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);

/** Lets phones submit until the installation is so large. */
const fill = async (server) => {
  const { submissionPath } = await server.prepareHousehold();
  const phones = new Phones(server, submissionPath, { photoEvery: 1, photoBytes: PHOTO_BYTES });
  server.isUp = true;
  const running = phones.run(Number(values.clients));
  while (phones.acknowledged.size * PHOTO_BYTES < Number(values.gigabytes) * 1e9) {
    await pause(100);
  }
  phones.end();
  await running;
  return phones.acknowledged.size;
};

// Microseconds since 1970, which a number of JavaScript does not hold as a date.
const textOf = (us) => `${new Date(Number(us / 1000n)).toISOString().slice(0, 20)}${String(us % 1_000_000n).padStart(6, '0')}Z`;

const report = await withOwnServer(async (server) => {
  server.environment = { FIELDKEEP_BACKUP: path.join(server.data, 'backups') };
  await server.start();
  await server.setUp();
  ask(server, 'alter system set track_commit_timestamp = on');
  await server.stop();
  await server.start();
  await until(server, (target) => target.newestBase !== null && target.troubles.length === 0);
  const submissions = Number(values.gigabytes) > 0 ? await fill(server) : 0;
  ask(server, 'create table public.marks (id bigserial primary key, filler text)');
  const insert = `insert into public.marks (filler) values (repeat('x', (random() * 4000)::int)); select pg_sleep(random() * 0.01);\n`;
  await Promise.all(Array.from({ length: writers }, () => run(server, insert.repeat(Math.ceil(Number(values.commits) / writers)))));
  const commits = ask(server, 'select id, (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000000)::bigint from public.marks order by 2, 1')
    .split('\n').map((line) => line.split('|')).map(([id, at]) => ({ id: Number(id), at: BigInt(at) }));
  const [first, last] = [commits[0].at, commits.at(-1).at];
  await until(server, (target) => target.until !== null && Date.parse(target.until) > Number(last / 1000n) + 1);
  await server.stop();
  const gigabytes = sizeOf(server) / 1e9;
  const found = { missing: 0, extra: 0, findings: 0, lostSubmissions: 0, examples: [], restoreSeconds: [], verifySeconds: [] };
  for (let n = 1; n <= instants; n++) {
    const at = n % 2 === 0 ? commits[randomInt(commits.length)].at : first + BigInt(randomInt(Number(last - first)));
    const began = performance.now();
    const restored = await restore(server, ['--from', path.join(server.data, 'backups'), '--to', textOf(at)]);
    found.restoreSeconds.push(round((performance.now() - began) / 1000));
    try {
      const verified = await runProgram(restored.program, ['verify', '--data', restored.data, '--json']);
      const ledger = JSON.parse(verified.stdout);
      found.verifySeconds.push(round(verified.seconds));
      found.findings += ledger.holds ? 0 : Math.max(1, ledger.findings.length);
      found.lostSubmissions += submissions - ledger.versions;
      await restored.start();
      const there = new Set(ask(restored, 'select id from public.marks').split('\n').filter(Boolean).map(Number));
      const wanted = new Set(commits.filter((commit) => commit.at <= at + (values.control ? LATER_US : 0n)).map(({ id }) => id));
      const missing = [...wanted].filter((id) => !there.has(id));
      const extra = [...there].filter((id) => !wanted.has(id));
      found.missing += missing.length;
      found.extra += extra.length;
      if (missing.length + extra.length > 0) {
        found.examples.push({ at: textOf(at), missing: missing.length, extra: extra.length });
      }
      console.error(`${n} of ${instants}: ${textOf(at)}: ${there.size} commits of ${commits.length}, ${missing.length} missing, ${extra.length} extra`);
    } finally {
      await restored.remove();
    }
  }
  return {
    trial: values.control ? 'restore-instant, control' : 'restore-instant', instants, commits: commits.length, submissions, gigabytes: round(gigabytes), ...found,
    restoreSecondsPerGigabyte: round(found.restoreSeconds.reduce((sum, one) => sum + one, 0) / found.restoreSeconds.length / gigabytes),
  };
});

const isGood = values.control ? report.missing > 0
  : report.missing + report.extra + report.findings + report.lostSubmissions === 0 && report.commits > 0;
console.log(JSON.stringify(report));
console.log(`${isGood ? 'passed' : 'FAILED'}: ${report.trial}: ${report.instants} instants among ${report.commits} commits, ${report.missing} missing, ${report.extra} extra, `
  + `${report.findings} findings of verify, ${report.lostSubmissions} submissions lost; ${report.gigabytes} GB, ${report.restoreSecondsPerGigabyte} s for a GB`
  + `${values.control ? ' (the control must miss some)' : ''}`);
process.exit(isGood ? 0 : 1);
