#!/usr/bin/env node
// R9: the clock of the machine, the server's and PostgreSQL's, is set two hours back, three days and twelve years ahead, and right again, while phones send. Nothing
// acknowledged may be lost, phones and people get in at every hour, sessions end at their time, and the ledger holds in the end but for what was dated back.
//   script/chaos clock [--seconds 4] [--clients 4] [--control]
// --control believes in answers before they come, and kills the server while the clock is ahead: its exit code is 0 when losses were seen. Needs libfaketime
// (Debian: apt-get install libfaketime, or FIELDKEEP_FAKETIME names the file); without it it was not run, says so, and its exit code is 77. The machine's own
// clock is never touched.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pause, withOwnServer } from '../../bench/load/server.mjs';
import { countsOf, findLosses, Phones } from './support/phones.mjs';
import { conclude, drained, notRun, run } from './support/trial.mjs';

// The server's own certificate is of another hour than ours.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
process.removeAllListeners('warning');

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '4' }, clients: { type: 'string', default: '4' }, control: { type: 'boolean', default: false } },
});
// libfaketime's year has 365 days.
const OFFSETS = [['+0', 0], ['-2h', -2], ['+3d', 72], ['+12y', 105_120], ['+0', 0]];
const PASSWORD = 'granite-kettle-ninety-orchard';
// Without rights, and so without the duty to have a second factor after some days.
const SOMEBODY = 'somebody@example.org';
const library = [process.env.FIELDKEEP_FAKETIME, ...['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((machine) => `/usr/lib/${machine}/faketime/libfaketime.so.1`)]
  .find((file) => file && fs.existsSync(file));
if (!library) {
  notRun('clock', 'libfaketime is missing');
}

const wanted = (hours) => Date.now() + hours * 3_600_000;

/** How far the server's clock is from where it was put, in seconds; by the date in its answers. */
const isOff = async (server, hours) => Math.abs(Date.parse((await server.call('GET', '/health/live', { headers: { Authorization: '' } })).headers.date) - wanted(hours)) / 1000;

/** What the clock does to somebody who was signed in before, and to somebody who signs in now. */
const people = async (server) => {
  const before = (await server.call('GET', '/v1/users/current')).status;
  await server.signIn(SOMEBODY, PASSWORD);
  return { sessionOfBefore: before, sessionOfNow: (await server.call('GET', '/v1/users/current')).status };
};

// What the server says of answers that it did not mean to give.
const incidentsIn = (log) => log.match(/incident .*(?:\n(?! *20\d\d-).*){0,8}/g) ?? [];

const trial = async (server, clock) => {
  const put = (offset) => fs.writeFileSync(clock, `${offset}\n`);
  put('+0');
  await server.start();
  await server.setUp();
  const { project, submissionPath } = await server.prepareHousehold();
  await server.need(200, 'POST', '/v1/users', { body: { email: SOMEBODY, password: PASSWORD } });
  await server.signIn(SOMEBODY, PASSWORD);
  const authority = server.ca.toString();
  const phones = new Phones(server, submissionPath, { isBlind: values.control, restMs: 20 });
  const running = phones.run(Number(values.clients));
  const hours = [];
  server.isUp = true;
  for (const [offset, ahead] of OFFSETS) {
    put(offset);
    // The date in answers follows within a second.
    await pause(1500);
    const [before, refused] = [phones.answered, Object.values(phones.refused).reduce((sum, count) => sum + count, 0)];
    const off = await isOff(server, ahead);
    const told = await people(server);
    await pause(Number(values.seconds) * 1000);
    // A start at that hour, too: what is due is found then, the certificate is looked at, the journal is opened.
    server.isUp = false;
    await (values.control ? server.kill() : server.stop());
    const startMs = Math.round(await server.start());
    server.isUp = true;
    const isHeard = await phones.isHeard();
    hours.push({
      offset, off: Math.round(off), ...told, startMs, acknowledged: phones.answered - before, isHeard,
      refused: Object.values(phones.refused).reduce((sum, count) => sum + count, 0) - refused,
    });
    console.error(JSON.stringify(hours.at(-1)));
  }
  phones.end();
  await running;
  await server.signIn('admin@example.org', PASSWORD);
  const waited = await drained(server);
  const found = await findLosses(server, project, phones.acknowledged);
  await pause(2500);
  const verified = await run(server.program, ['verify', '--data', server.data, '--json']);
  const report = [0, 30, 31].includes(verified.code) ? JSON.parse(verified.stdout) : { findings: [{ what: verified.stderr }] };
  const findings = {};
  for (const { what } of report.findings) {
    findings[what] = (findings[what] ?? 0) + 1;
  }
  return {
    trial: values.control ? 'clock, control' : 'clock', ...countsOf(phones, found), ...waited, hours, isAuthorityKept: server.ca.toString() === authority,
    verify: verified.code, findings, remarks: report.remarks, notVerified: report.notVerified, incidents: incidentsIn(server.log),
  };
};

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-clock-'));
fs.chmodSync(folder, 0o755);
const clock = path.join(folder, 'offset');
const faked = {
  LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_FORCE_MONOTONIC_FIX: '0',
};
const report = await withOwnServer((server) => trial(server, clock).catch((problem) => {
  console.error(server.log.slice(-4000));
  throw problem;
}), faked).finally(() => fs.rmSync(folder, { recursive: true, force: true }));
const isFaked = report.hours.every(({ off }) => off < 60);
// What was written at the right hour after the clock had been ahead is older than the checkpoints of before: verify has to say so.
const isLedgerSane = Object.keys(report.findings).every((what) => what === 'entry.backdated');
const isSane = report.hours.every(({ isHeard, sessionOfBefore, sessionOfNow }) => isHeard && [200, 401].includes(sessionOfBefore) && sessionOfNow === 200)
  && report.hours[3].sessionOfBefore === 401 && report.isAuthorityKept;
const isGood = values.control ? report.lost > 0
  : report.lost + report.changed + report.twice + report.unclear + report.setAside === 0 && report.acknowledged > 0 && isSane && isLedgerSane;
conclude(isFaked && isGood, report, `${isFaked ? '' : 'the clock was NOT moved; '}${report.acknowledged} acknowledged at ${OFFSETS.map(([offset]) => offset).join(', ')}, `
  + `${report.lost} lost, ${report.changed} changed, ${report.twice} there twice; sessions and certificates ${isSane ? 'sane' : 'NOT sane'}, ledger ${isLedgerSane ? 'sane' : 'NOT sane'}: `
  + `${JSON.stringify(report.findings)}${values.control ? ' (the control must lose some)' : ''}`);
