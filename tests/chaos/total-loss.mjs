#!/usr/bin/env node
// R6 and R7: an installation with submissions and photos is backed up with “fieldkeep backup”; then everything of it is deleted, root key included. One command,
// “fieldkeep restore” with the recovery key from paper, must bring it back: every submission and photo byte for byte, each once, the ledger whole and with the
// root it had. Says how long that takes for a GB.
//   script/chaos total-loss [--submissions 300] [--photo-bytes 200000] [--clients 8] [--control]
// 5 GB: --submissions 10000 --photo-bytes 500000. --control submits some more after the backup, and counts them: its exit code is 0 when they are missed.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { OwnServer, pause, withOwnServer } from '../../bench/load/server.mjs';
import { countsOf, findLosses, Phones } from './support/phones.mjs';
import { conclude, run } from './support/trial.mjs';
import { filesBelow } from './support/search.mjs';

const { values } = parseArgs({
  options: {
    submissions: { type: 'string', default: '300' }, 'photo-bytes': { type: 'string', default: '200000' }, clients: { type: 'string', default: '8' },
    control: { type: 'boolean', default: false },
  },
});
const [submissions, photoBytes, clients] = [values.submissions, values['photo-bytes'], values.clients].map(Number);
const sizeOf = (folder) => filesBelow(folder).reduce((sum, file) => sum + fs.statSync(file).size, 0);
const round = (value) => Math.round(value * 100) / 100;

/** Submits until so many more are acknowledged. */
const submit = async (phones, more) => {
  const until = phones.acknowledged.size + more;
  const running = phones.run(clients);
  while (phones.acknowledged.size < until) {
    await pause(20);
  }
  phones.end();
  await running;
};

const verify = async (server) => JSON.parse((await run(server.program, ['verify', '--data', server.data, '--json'])).stdout);

/** Waits until nothing waits to be sealed into the ledger; gives what “fieldkeep verify” says then. */
const settled = async (server) => {
  for (let tries = 0; ; tries++) {
    const report = await verify(server);
    if (report.unsealed === 0 || tries === 20) {
      return report;
    }
    await pause(500);
  }
};

/** The last checkpoint in a file of them: its origin's lines, by which its root is told. */
const sizesAndRoots = (text) => new Map([...text.matchAll(/^fieldkeep\/\S+\n(\d+)\n(\S+)\n/gm)].map(([, size, root]) => [Number(size), root]));

const lose = async (server, outside) => {
  await server.start();
  const set = await server.need(201, 'POST', '/api/setup', {
    body: { organisation: 'Sample organisation', name: 'Administrator', email: 'admin@example.org', password: 'granite-kettle-ninety-orchard', sampleData: false },
  });
  const paper = path.join(outside, 'paper');
  fs.writeFileSync(paper, set.json.recoveryKey, { mode: 0o600 });
  await server.signIn('admin@example.org', 'granite-kettle-ninety-orchard');
  const household = await server.prepareHousehold();
  const phones = new Phones(server, household.submissionPath, { photoEvery: 1, photoBytes });
  await submit(phones, submissions);
  const before = await settled(server);
  const target = path.join(outside, 'backup');
  const backup = await run(server.program, ['backup', '--data', server.data, '--to', target]);
  if (backup.code !== 0) {
    throw new Error(`the backup failed (${backup.code}): ${backup.stderr}`);
  }
  const acknowledged = new Map(phones.acknowledged);
  if (values.control) {
    const later = new Phones(server, household.submissionPath, { photoEvery: 1, photoBytes });
    await submit(later, 5);
    later.acknowledged.forEach((value, key) => acknowledged.set(key, value));
  }
  await settled(server);
  // What somebody kept elsewhere, as verify.md advises.
  const witnessed = sizesAndRoots(fs.readFileSync(path.join(server.data, 'checkpoints', 'log'), 'utf8'));
  const bytes = sizeOf(server.data);
  await server.remove();
  return { phones: Object.assign(phones, { acknowledged }), project: household.project, paper, target, before, backupSeconds: backup.seconds, bytes, witnessed };
};

const trial = async (server, outside) => {
  const lost = await lose(server, outside);
  const restored = new OwnServer(path.join(outside, 'restored'));
  const restore = await run(restored.program, ['restore', '--from', lost.target, '--data', restored.data, '--recovery-key-file', lost.paper, '--json']);
  if (restore.code !== 0) {
    throw new Error(`the restore failed (${restore.code}): ${restore.stderr}`);
  }
  try {
    const after = await verify(restored);
    const startMs = await restored.start();
    await restored.signIn('admin@example.org', 'granite-kettle-ninety-orchard');
    const found = await findLosses(restored, lost.project, lost.phones.acknowledged);
    const gigabytes = lost.bytes / 1e9;
    return {
      trial: values.control ? 'total-loss, control' : 'total-loss', ...countsOf(lost.phones, found), gigabytes: round(gigabytes),
      backupSeconds: round(lost.backupSeconds), restoreSeconds: round(restore.seconds), startSeconds: round(startMs / 1000),
      restoreSecondsPerGigabyte: round((restore.seconds + startMs / 1000) / gigabytes),
      ledgerHolds: after.holds, findings: after.findings.slice(0, 3), entriesBefore: lost.before.entries, entriesAfter: after.entries,
      versionsBefore: lost.before.versions, versionsAfter: after.versions,
      // The backup may have brought an entry of its own: a signed root that was kept elsewhere has to be the one restored.
      rootIsThatOfBefore: after.root === lost.before.root || lost.witnessed.get(after.entries) === after.root,
    };
  } finally {
    await restored.stop();
  }
};

const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-outside-'));
fs.chmodSync(outside, 0o755);
const report = await withOwnServer((server) => trial(server, outside)).finally(() => fs.rmSync(outside, { recursive: true, force: true }));
const isWhole = report.lost + report.changed + report.twice === 0 && report.acknowledged >= submissions
  && report.ledgerHolds && report.rootIsThatOfBefore && report.versionsAfter === report.versionsBefore;
conclude(values.control ? report.lost >= 5 && report.changed === 0 : isWhole, report,
  `${report.acknowledged} acknowledged, ${report.gigabytes} GB, ${report.lost} lost, ${report.changed} changed, ${report.twice} there twice; ledger `
  + `${report.ledgerHolds && report.rootIsThatOfBefore ? 'whole, with its root' : 'NOT as it was'}; restored and serving in ${round(report.restoreSeconds + report.startSeconds)} s, `
  + `${report.restoreSecondsPerGigabyte} s for a GB${values.control ? ' (the control must lose those after the backup)' : ''}`);
