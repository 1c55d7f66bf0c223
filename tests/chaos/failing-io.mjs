#!/usr/bin/env node
// R3: the disk refuses the N-th write, sync, rename, … with EIO or ENOSPC, for every N in turn: of the intake journal while PostgreSQL is killed beside it, of the
// keyring, of the checkpoints of the ledger, of a backup. Nothing acknowledged may be lost, what failed must be told, and after a restart all is well.
//   script/chaos failing-io [--sites 8] [--places journal,keyring,checkpoints,backup] [--control]
// --sites says how many of each place are tried, drawn at random; 0 is every one that a run without errors met. --control believes in answers before they come,
// and takes a backup for whole in which a byte was changed: its exit code is 0 when both are seen. Needs strace, and to be allowed to use it.
import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { FORM_ID } from '../../bench/load/household.mjs';
import { pause, withOwnServer } from '../../bench/load/server.mjs';
import { callsIn, Fault, faultArguments, whyNoFaults } from './support/faults.mjs';
import { countsOf, findLosses, Phones } from './support/phones.mjs';
import { conclude, drained, notRun, run } from './support/trial.mjs';
import { filesBelow } from './support/search.mjs';

const { values } = parseArgs({
  options: {
    sites: { type: 'string', default: '8' }, places: { type: 'string', default: 'journal,keyring,checkpoints,backup' }, control: { type: 'boolean', default: false },
  },
});
const most = Number(values.sites);
const places = values.control ? ['journal', 'backup'] : values.places.split(',');
const CALLS = ['openat', 'pwrite64', 'pwritev', 'write', 'ftruncate', 'fallocate', 'fdatasync', 'fsync', 'rename', 'link', 'unlink'];
// What a backup opens and writes besides are programs and pipes.
const CALLS_OF_FILES = CALLS.filter((call) => !['openat', 'write'].includes(call));
const CLIENTS = 4;

// Ids, times and numbers of threads are new each time; the sites are the same.
const nameOf = (data, target) => (file) => file.replace(target, 'TARGET').replace(data, 'DATA')
  .replace(/[0-9a-f]{64}/g, 'HASH').replace(/\d{8}T\d{6}Z-[0-9a-f]+/g, 'BACKUP').replace(/[0-9a-f]{8}-?[0-9a-f-]{4,}/g, 'ID').replace(/\d{10}(-\d+)?/g, 'N');

/** So many of a list, at random, in their order; all when 0 is asked for. */
const sampled = (list) => {
  const left = [...list];
  while (most > 0 && left.length > most) {
    left.splice(randomInt(left.length), 1);
  }
  return left;
};

/** Each call of each kind that a run without errors met: the N-th in its thread is what strace counts. */
const sitesOf = (calls) => {
  const counts = new Map();
  for (const { thread, call } of calls) {
    counts.set(`${call} ${thread}`, (counts.get(`${call} ${thread}`) ?? 0) + 1);
  }
  const highest = new Map();
  for (const [key, count] of counts) {
    const call = key.split(' ')[0];
    highest.set(call, Math.max(highest.get(call) ?? 0, count));
  }
  return [...highest].flatMap(([call, count]) => Array.from({ length: count }, (_, at) => ({ call, when: at + 1, error: at % 2 === 0 ? 'EIO' : 'ENOSPC' })));
};

/** What is done while a call fails in a running server, and what is looked at afterwards. */
const doings = (server, household, phones, projects) => {
  const j = (...names) => path.join(server.data, ...names);
  // New segments have the next numbers.
  const segments = () => {
    const last = Math.max(0, ...fs.readdirSync(j('journal')).map((name) => Number.parseInt(name, 10) || 0));
    return Array.from({ length: 12 }, (_, at) => j('journal', `${String(Math.max(1, last - 2 + at)).padStart(10, '0')}.fkj`));
  };
  return {
    journal: {
      paths: () => [j('journal'), ...segments()],
      // The last segment is closed by the restart of before, so that a new one is made in each round.
      act: async (round) => {
        await phones.isHeard(5000);
        await pause(150);
        if (round % 2 === 0) {
          process.kill(server.postgresPid, 'SIGKILL');
          await pause(300);
        }
        await phones.isHeard(10_000);
      },
      restarts: true,
    },
    keyring: {
      paths: () => ['keys', 'keys/copy'].flatMap((folder) => [j(folder), j(folder, 'keyring'), j(folder, 'keyring.new')]),
      act: async (round) => {
        const made = await server.call('POST', '/v1/projects', { body: { name: `Round ${round}` } });
        projects.push(...(made.status === 200 ? [made.json.id] : []));
      },
    },
    checkpoints: {
      paths: () => [j('checkpoints'), j('checkpoints', 'log')],
      act: async () => {
        await phones.isHeard(5000);
        await pause(1500);
      },
    },
  };
};

const inServer = async (place, server, doing, log, phones) => {
  const tried = { tried: 0, failed: 0, met: new Set(), hit: new Set(), calls: 0 };
  const named = nameOf(server.data, 'TARGET');
  const round = async (number, fault) => {
    const attached = await Fault.on(server.pid, { ...fault, paths: doing.paths(), log });
    await doing.act(number);
    await attached.end();
    if (doing.restarts) {
      phones.rest(true);
      await server.kill();
      await server.start();
      phones.rest(false);
    }
    const calls = callsIn(log, named);
    calls.filter(({ isFailed }) => isFailed).forEach(({ site }) => tried.hit.add(site));
    return calls;
  };
  const met = await round(1, { calls: CALLS.join(',') });
  met.forEach(({ site }) => tried.met.add(site));
  const sites = sitesOf(met);
  tried.calls = sites.length;
  for (const [index, { call, when, error }] of sampled(sites).entries()) {
    const calls = await round(index, { calls: call, error, when });
    tried.tried++;
    tried.failed += calls.some(({ isFailed }) => isFailed) ? 1 : 0;
  }
  console.error(`${place}: ${JSON.stringify({ ...tried, met: [...tried.met], hit: [...tried.hit] })}`);
  return tried;
};

/** Backups during which a call fails: each says so, or is whole; the one before stays whole; and the next succeeds. */
const inBackup = async (server, outside, log) => {
  const target = path.join(outside, 'backup');
  const tried = { tried: 0, failed: 0, met: new Set(), hit: new Set(), calls: 0, bad: [] };
  const named = nameOf(server.data, target);
  const take = (fault) => run('strace', [...faultArguments({ ...fault, log }), server.program, 'backup', '--data', server.data, '--to', target]);
  const verify = () => run(server.program, ['verify-backup', '--from', target, '--root-key', path.join(server.data, 'keys', 'root.key')]);
  const count = () => fs.readdirSync(path.join(target, 'backups')).filter((name) => !name.startsWith('.')).length;
  // What is no file is not the disk's to refuse: sockets, pipes, memory.
  const onDisk = ({ site }) => /(TARGET|DATA)/.test(site);
  const first = await take({ calls: CALLS_OF_FILES.join(',') });
  if (first.code !== 0 || (await verify()).code !== 0) {
    throw new Error(`a backup without errors failed: ${first.stderr}`);
  }
  const met = callsIn(log, named).filter(onDisk);
  met.forEach(({ site }) => tried.met.add(site));
  const sites = sitesOf(met);
  tried.calls = sites.length;
  for (const { call, when, error } of sampled(sites)) {
    const before = count();
    const told = await take({ calls: call, error, when });
    const failed = callsIn(log, named).filter(({ isFailed }) => isFailed);
    failed.forEach(({ site }) => tried.hit.add(site));
    tried.tried++;
    tried.failed += failed.length > 0 ? 1 : 0;
    if (values.control) {
      const newest = filesBelow(path.join(target, 'backups')).filter((file) => file.endsWith('database.tar.br.fk1')).sort().at(-1);
      const handle = fs.openSync(newest, 'r+');
      fs.writeSync(handle, Buffer.from('lie'), 0, 3, 200);
      fs.closeSync(handle);
    }
    const whole = await verify();
    const isTrue = whole.code === 0 && (told.code === 0) === (count() === before + 1);
    const words = `the backup ended with ${told.code}, verify-backup with ${whole.code}, ${before} backups became ${count()}`;
    tried.bad.push(...(isTrue ? [] : [`${call} ${when} ${error}: ${words}: ${(told.stderr + whole.stderr).slice(-300)}`]));
  }
  const last = await run(server.program, ['backup', '--data', server.data, '--to', target]);
  tried.bad.push(...(last.code === 0 ? [] : [`the next backup ended with ${last.code}: ${last.stderr.slice(-300)}`]));
  console.error(`backup: ${JSON.stringify({ ...tried, met: tried.met.size, hit: [...tried.hit] })}`);
  return tried;
};

/** A project whose keys were made while its keyring could not be written must take submissions and give them back. */
const tryProject = async (server, project) => {
  await server.need(200, 'POST', `/v1/projects/${project}/forms?publish=true&ignoreWarnings=true`, {
    body: fs.readFileSync(new URL('../../bench/load/household.md', import.meta.url)), headers: { 'Content-Type': 'text/markdown' },
  });
  return server.call('GET', `/v1/projects/${project}/forms/${FORM_ID}/submissions`);
};

const trial = async (server, outside) => {
  await server.start();
  await server.setUp();
  const household = await server.prepareHousehold();
  const phones = new Phones(server, household.submissionPath, { isBlind: values.control, restMs: 10 });
  phones.rest = (isResting) => { server.isUp = !isResting; };
  phones.rest(false);
  const running = phones.run(CLIENTS);
  const log = path.join(outside, 'strace.log');
  const projects = [];
  const all = doings(server, household, phones, projects);
  const report = { trial: values.control ? 'failing-io, control' : 'failing-io', places: {}, bad: [] };
  for (const place of places) {
    const tried = place === 'backup' ? await inBackup(server, outside, log) : await inServer(place, server, all[place], log, phones);
    report.bad.push(...(tried.bad ?? []));
    report.places[place] = { calls: tried.calls, tried: tried.tried, failed: tried.failed, sitesMet: tried.met.size, sitesHit: tried.hit.size };
  }
  await phones.isHeard();
  phones.end();
  await running;
  // A machine that goes away and comes back.
  await server.kill();
  process.kill(server.postgresPid, 'SIGKILL');
  await server.start();
  for (const project of projects) {
    const told = await tryProject(server, project);
    report.bad.push(...(told.status === 200 ? [] : [`project ${project}: ${told.status}`]));
  }
  const waited = await drained(server);
  const found = await findLosses(server, household.project, phones.acknowledged);
  await pause(2000);
  const verified = await run(server.program, ['verify', '--data', server.data]);
  return { ...report, ...countsOf(phones, found), ...waited, projects: projects.length, verify: verified.code, verifySays: verified.stderr.slice(-500) };
};

const why = await whyNoFaults();
if (why !== null) {
  notRun('failing-io', why);
}
const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-outside-'));
const report = await withOwnServer((server) => trial(server, outside)).finally(() => fs.rmSync(outside, { recursive: true, force: true }));
const tried = Object.values(report.places).reduce((sum, one) => sum + one.failed, 0);
const isWhole = report.lost + report.changed + report.twice + report.bad.length === 0 && report.verify === 0 && report.acknowledged > 0 && tried > 0;
const isGood = values.control ? report.lost > 0 && report.bad.length > 0 : isWhole;
const refused = Object.entries(report.places).map(([place, { failed, calls }]) => `${place} ${failed} of ${calls}`).join(', ');
conclude(isGood, report, `${tried} calls refused (${refused}), ${report.acknowledged} acknowledged, ${report.lost} lost, ${report.changed} changed, ${report.twice} there twice, ${report.bad.length} not well afterwards, verify ${report.verify}`
  + `${values.control ? ' (the control must lose some, and see a bad backup)' : ''}`);
