#!/usr/bin/env node
// R7: a server carries its backup directory to an object store (s3rver, of web/node_modules) while phones submit; then server and PostgreSQL are killed and all of its
// disk is gone: data, backup directory, root key. “fieldkeep backup fetch --from s3://…” and “fieldkeep restore” with the recovery key from paper must bring back every
// submission and photo that the store was said to have, each once, byte for byte, and the ledger whole.
//   script/chaos object-store [--submissions 60] [--photo-bytes 50000] [--clients 4] [--control]
// --control fetches with --until an instant before the phones came: its exit code is 0 when all of theirs are missing.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { OwnServer, pause, withOwnServer } from '../../bench/load/server.mjs';
import { countsOf, findLosses, Phones } from './support/phones.mjs';
import { conclude, need, notRun, run } from './support/trial.mjs';

const { values } = parseArgs({
  options: {
    submissions: { type: 'string', default: '60' }, 'photo-bytes': { type: 'string', default: '50000' }, clients: { type: 'string', default: '4' },
    control: { type: 'boolean', default: false },
  },
});
const [submissions, photoBytes, clients] = [values.submissions, values['photo-bytes'], values.clients].map(Number);
const s3rver = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../web/node_modules/s3rver/bin/s3rver.js');
if (!fs.existsSync(s3rver)) {
  notRun('object-store', 's3rver is not there: npm ci in web/');
}

/** A store in a folder; gives what a server needs to know of it, and its process. */
const startStore = async (folder) => {
  const child = spawn(process.execPath, [s3rver, '-d', folder, '-a', '127.0.0.1', '-p', '0', '-s', '--configure-bucket', 'kept'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const endpoint = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`s3rver ended with ${code}`)));
    child.stdout.on('data', (bytes) => {
      const told = /listening on (\S+)/.exec(bytes);
      if (told) {
        resolve(`http://${told[1]}`);
      }
    });
  });
  return {
    child,
    environment: {
      FIELDKEEP_BACKUP_STORE: 's3://kept/here', FIELDKEEP_BACKUP_STORE_ENDPOINT: endpoint, AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER',
    },
  };
};

/** Waits until the backup directory has what there is now, and the store has that; gives the milliseconds. */
const carried = async (server, instant) => {
  const since = Date.now();
  for (let kept = null; ;) {
    const { store, troubles, blobsLookedAt } = (await server.need(200, 'GET', '/api/backups')).json.targets[0];
    // Files follow the log a moment later.
    kept ??= blobsLookedAt && Date.parse(blobsLookedAt) > since ? Date.now() : null;
    if (kept && store?.[instant] && Date.parse(store[instant]) > kept) {
      return Date.now() - since;
    }
    if (Date.now() - since > 120_000) {
      throw new Error(`the store does not get it: ${JSON.stringify({ store, troubles })}`);
    }
    await pause(200);
  }
};

/** Lets phones submit until so many are acknowledged. */
const submit = async (server, household) => {
  const phones = new Phones(server, household.submissionPath, { photoEvery: 2, photoBytes });
  const running = phones.run(clients);
  while (phones.acknowledged.size < submissions) {
    await pause(20);
  }
  phones.end();
  await running;
  return phones;
};

const lose = async (server, outside) => {
  // The one below the data directory, lost with it.
  server.environment.FIELDKEEP_BACKUP = path.join(server.data, 'backups');
  await server.start();
  const set = await server.need(201, 'POST', '/api/setup', {
    body: { organisation: 'Sample organisation', name: 'Administrator', email: 'admin@example.org', password: 'granite-kettle-ninety-orchard', sampleData: false },
  });
  const paper = path.join(outside, 'paper');
  fs.writeFileSync(paper, set.json.recoveryKey, { mode: 0o600 });
  await server.signIn('admin@example.org', 'granite-kettle-ninety-orchard');
  const household = await server.prepareHousehold();
  const wholeMs = await carried(server, 'wholeAt');
  await pause(1100);
  const before = new Date().toISOString();
  await pause(1100);
  const phones = await submit(server, household);
  const behindMs = await carried(server, 'changesAt');
  await server.kill();
  process.kill(server.postgresPid, 'SIGKILL');
  await pause(500);
  await server.remove();
  return { phones, project: household.project, paper, before, wholeMs, behindMs };
};

const trial = async (server, store, outside) => {
  const lost = await lose(server, outside);
  const copy = path.join(outside, 'copy');
  const since = performance.now();
  const fetch = ['backup', 'fetch', '--from', 's3://kept/here', '--to', copy, '--new', ...values.control ? ['--until', lost.before] : []];
  await need(server.program, fetch, { env: store.environment });
  const restored = new OwnServer(path.join(outside, 'restored'));
  await need(server.program, ['restore', '--from', copy, '--to', 'latest', '--data', restored.data, '--recovery-key-file', lost.paper]);
  const restoreSeconds = Math.round((performance.now() - since) / 100) / 10;
  const verified = await run(restored.program, ['verify', '--data', restored.data, '--json']);
  try {
    await restored.start();
    await restored.signIn('admin@example.org', 'granite-kettle-ninety-orchard');
    const found = await findLosses(restored, lost.project, lost.phones.acknowledged);
    return {
      trial: values.control ? 'object-store, control' : 'object-store', ...countsOf(lost.phones, found), wholeMs: lost.wholeMs, behindMs: lost.behindMs, restoreSeconds,
      verifyExitCode: verified.code, ledgerHolds: JSON.parse(verified.stdout).holds,
    };
  } finally {
    await restored.remove();
  }
};

const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-outside-'));
fs.chmodSync(outside, 0o755);
const store = await startStore(path.join(outside, 'store'));
const report = await withOwnServer((server) => trial(server, store, outside), store.environment).finally(() => {
  store.child.kill();
  fs.rmSync(outside, { recursive: true, force: true });
});
const isLedgerWhole = report.verifyExitCode === 0 && report.ledgerHolds;
const isWhole = report.lost + report.changed + report.twice === 0 && report.acknowledged >= submissions;
conclude(isLedgerWhole && (values.control ? report.lost === report.acknowledged && report.changed === 0 : isWhole), report,
  `${report.acknowledged} acknowledged, in the store after ${report.behindMs} ms; all else gone; ${report.lost} lost, ${report.changed} changed, ${report.twice} there twice; `
  + `ledger ${isLedgerWhole ? 'whole' : 'NOT whole'}; fetched and restored in ${report.restoreSeconds} s${values.control ? ' (the control must lose all)' : ''}`);
