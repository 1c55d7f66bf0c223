#!/usr/bin/env node
// R12: a server was taken over. Its user tries to delete, overwrite, cut, rename, link and close what lies in the distant copy of its backup, half of the attempts
// there, half through the backup directory that is fetched from; none may succeed. Then all of the server and its backup directory is deleted: the distant copy
// must bring back every submission and photo, and the ledger with its root.
//   script/chaos undeletable [--attempts 1000] [--submissions 60] [--control]
// Days are not counted here: what goes after weeks, and what an attacker may do to that, is tested in PruneFetchedTests and FetchKeysTests.
// --control copies as a mirror does, which deletes what is gone at the source: its exit code is 0 when that lost something. Needs root, to be two other users.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { OwnServer, pause, withOwnServer } from '../../bench/load/server.mjs';
import { countsOf, findLosses, Phones, sha256 } from './support/phones.mjs';
import { conclude, has, need, notRun, run } from './support/trial.mjs';

const { values } = parseArgs({
  options: { attempts: { type: 'string', default: '1000' }, submissions: { type: 'string', default: '60' }, control: { type: 'boolean', default: false } },
});
const [attempts, submissions] = [Number(values.attempts), Number(values.submissions)];
const [servant, fetcher] = ['postgres', 'nobody'];
const ROUNDS = 5;
const attack = path.join(path.dirname(fileURLToPath(import.meta.url)), 'support/attack.mjs');

if (process.getuid() !== 0) {
  notRun('undeletable', 'only root can be two other users');
}
if (!has('setpriv', '--version') || [servant, fetcher].some((user) => spawnSync('id', [user]).status !== 0)) {
  notRun('undeletable', `setpriv or the users ${servant} and ${fetcher} are missing`);
}

const idOf = (user, what) => Number(spawnSync('id', [what, user], { encoding: 'utf8' }).stdout);
const as = (user, ...more) => ['setpriv', `--reuid=${user}`, `--regid=${idOf(user, '-g')}`, '--clear-groups', ...more];
const own = (folder, user) => fs.chownSync(folder, idOf(user, '-u'), idOf(user, '-g'));
const asServant = as(servant);
// It may read what it copies, as the unit in deploy/ lets it, and write to its own alone.
const asFetcher = as(fetcher, '--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search');

/** Every file that counts in a backup directory, with the hash of its bytes. */
const treeOf = (folder) => new Map(['backups', 'blobs', 'wal', 'keys'].filter((name) => fs.existsSync(path.join(folder, name)))
  .flatMap((name) => fs.readdirSync(path.join(folder, name), { recursive: true, withFileTypes: true }))
  .filter((one) => one.isFile() && !['lock', 'keyring.lock', 'id'].includes(one.name))
  .map((one) => path.join(one.parentPath, one.name)).map((file) => [path.relative(folder, file), { hash: sha256(fs.readFileSync(file)), size: fs.statSync(file).size }]));

// A file of the log may have grown: what was there counts, to its last byte. A link in the place of one may have no end.
const missedIn = (folder, before) => [...before].filter(([name, { hash, size }]) => {
  const file = path.join(folder, name);
  return !fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() || sha256(fs.readFileSync(file).subarray(0, name.startsWith('wal/') ? size : undefined)) !== hash;
}).map(([name]) => name);

const copyTree = (from, to) => need('cp', ['-a', '--reflink=auto', from, to]);

/** The control: what is gone there goes here, and what is other there becomes other here. */
const mirror = async (from, to) => {
  fs.rmSync(to, { recursive: true, force: true });
  await copyTree(from, to);
};

const fetchOnce = async (server, target, copy) => {
  if (values.control) {
    return mirror(target, copy);
  }
  const told = await run('/usr/bin/env', [...asFetcher, server.program, 'backup', 'fetch', '--from', target, '--to', copy, '--once', '--json']);
  // 20: nothing of the source is left; 28: somebody has to look, 4: some files cannot be read.
  if (![0, 4, 20, 28].includes(told.code)) {
    throw new Error(`fetching ended with ${told.code}: ${told.stderr}`);
  }
  return told.code;
};

const prepare = async (server, outside) => {
  const [target, far] = [path.join(outside, 'backup'), path.join(outside, 'far')];
  for (const [folder, user] of [[target, servant], [far, fetcher], [server.data, servant]]) {
    fs.mkdirSync(folder, { recursive: true });
    own(folder, user);
  }
  const copy = path.join(far, 'copy');
  // The server is not root: against root of its own machine only another machine helps.
  const program = server.program;
  const wrapper = path.join(outside, 'fieldkeep');
  fs.writeFileSync(wrapper, `#!/bin/sh\nexec ${asServant.join(' ')} ${program} "$@"\n`, { mode: 0o755 });
  server.program = wrapper;
  server.environment = { FIELDKEEP_BACKUP: target, HOME: server.data, DOTNET_EnableDiagnostics: '0' };
  await server.start();
  server.program = program;
  const set = await server.need(201, 'POST', '/api/setup', {
    body: { organisation: 'Sample organisation', name: 'Administrator', email: 'admin@example.org', password: 'granite-kettle-ninety-orchard', sampleData: false },
  });
  const paper = path.join(outside, 'paper');
  fs.writeFileSync(paper, set.json.recoveryKey, { mode: 0o600 });
  await server.signIn('admin@example.org', 'granite-kettle-ninety-orchard');
  const { project, submissionPath } = await server.prepareHousehold();
  const until = async (isSo) => {
    for (let waited = 0; !isSo((await server.need(200, 'GET', '/api/backups')).json.targets[0]); waited += 200) {
      if (waited > 60_000) {
        throw new Error(`the server does not follow: ${server.log}`);
      }
      await pause(200);
    }
  };
  await until((one) => one.newestBase !== null);
  if (!values.control) {
    await need('/usr/bin/env', [...asFetcher, program, 'backup', 'fetch', '--from', target, '--to', copy, '--new', '--once']);
  }
  // While submissions come, as it is every day.
  const fetching = values.control ? null
    : spawn('/usr/bin/env', [...asFetcher, program, 'backup', 'fetch', '--from', target, '--to', copy, '--every', '1'], { stdio: 'ignore' });
  const phones = new Phones(server, submissionPath, { photoEvery: 1, photoBytes: 20_000 });
  const running = phones.run(4);
  while (phones.acknowledged.size < submissions) {
    await pause(20);
  }
  phones.end();
  await running;
  let before;
  do {
    await pause(500);
    before = JSON.parse((await run('/usr/bin/env', [...asServant, program, 'verify', '--data', server.data, '--json'])).stdout);
  } while (before.unsealed > 0);
  // What came last follows before it has stopped.
  await server.stop();
  if (fetching) {
    fetching.kill('SIGTERM');
    await new Promise((resolve) => { fetching.once('exit', resolve); });
  }
  await fetchOnce(server, target, copy);
  return { server, target, copy, paper, project, phones, before, outside };
};

const attackCopy = async ({ copy, outside }, count) => {
  const names = path.join(outside, 'names');
  fs.writeFileSync(names, [...treeOf(copy).keys()].join('\n'), { mode: 0o644 });
  return JSON.parse(await need('/usr/bin/env', [...asServant, process.execPath, attack, copy, String(count), names]));
};

// What the round before made is over and accepted: the next one shows nothing else than what it tells itself.
const calm = async (server, target, copy) => {
  await fetchOnce(server, target, copy);
  await need('/usr/bin/env', [...asFetcher, server.program, 'backup', 'fetched', '--from', copy, '--accept']);
  const code = await fetchOnce(server, target, copy);
  if (code !== 0) {
    throw new Error(`fetching what is whole, with all accepted, ended with ${code}`);
  }
};

const attackSource = async ({ server, target, copy, outside }, count, codes) => {
  const whole = path.join(outside, 'whole');
  await copyTree(target, whole);
  const did = {};
  for (let round = 0; round < ROUNDS; round++) {
    fs.rmSync(target, { recursive: true, force: true });
    await copyTree(whole, target);
    if (!values.control) {
      await calm(server, target, copy);
    }
    const { succeeded } = JSON.parse(await need('/usr/bin/env', [...asServant, process.execPath, attack, target, String(Math.ceil(count / ROUNDS))]));
    for (const [kind, times] of Object.entries(succeeded)) {
      did[kind] = (did[kind] ?? 0) + times;
    }
    codes.push(await fetchOnce(server, target, copy));
    if (values.control) {
      break;
    }
  }
  return did;
};

const trial = async (server, outside) => {
  const lost = await prepare(server, outside);
  const { target, copy, paper, project, phones, before } = lost;
  const kept = treeOf(copy);
  const direct = values.control ? { succeeded: {} } : await attackCopy(lost, Math.ceil(attempts / 2));
  const gone = new Set(missedIn(copy, kept));
  const codes = [];
  const through = await attackSource(lost, Math.floor(attempts / 2), codes);
  missedIn(copy, kept).forEach((name) => gone.add(name));
  const report = {
    trial: values.control ? 'undeletable, control' : 'undeletable', attempts, files: kept.size, succeededThere: direct.succeeded, didAtTheSource: through, codes, deletedOrChanged: gone.size,
  };
  if (values.control) {
    return report;
  }
  fs.rmSync(target, { recursive: true, force: true });
  const emptied = await fetchOnce(server, target, copy);
  missedIn(copy, kept).forEach((name) => gone.add(name));
  await server.remove();
  const restored = new OwnServer(path.join(outside, 'restored'));
  await need(restored.program, ['restore', '--from', copy, '--to', 'latest', '--data', restored.data, '--recovery-key-file', paper, '--rehearsal']);
  try {
    const after = JSON.parse((await run(restored.program, ['verify', '--data', restored.data, '--json'])).stdout);
    await restored.start();
    await restored.signIn('admin@example.org', 'granite-kettle-ninety-orchard');
    return {
      ...report, ...countsOf(phones, await findLosses(restored, project, phones.acknowledged)), deletedOrChanged: gone.size, whenEmptied: emptied,
      ledgerHolds: after.holds, findings: after.findings.slice(0, 3), rootIsThatOfBefore: after.root === before.root && after.entries === before.entries,
    };
  } finally {
    await restored.stop();
  }
};

const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-outside-'));
fs.chmodSync(outside, 0o755);
const report = await withOwnServer((server) => trial(server, outside)).finally(() => fs.rmSync(outside, { recursive: true, force: true }));
// A round that looked at nothing shows nothing: each must have, and have told something that was not waiting before it.
const isWhole = report.deletedOrChanged === 0 && report.codes.length === ROUNDS && report.codes.every((code) => code === 28) && Object.keys(report.succeededThere).length === 0
  && report.lost + report.changed + report.twice === 0 && report.acknowledged >= submissions && report.ledgerHolds && report.rootIsThatOfBefore;
conclude(values.control ? report.deletedOrChanged > 0 : isWhole, report, values.control
  ? `a mirror lost ${report.deletedOrChanged} of ${report.files} files (the control must lose some)`
  : `${report.attempts} attempts, ${Object.values(report.succeededThere).length} kinds succeeded there, ${report.deletedOrChanged} of ${report.files} files deleted or changed; then all lost: `
    + `${report.acknowledged} acknowledged, ${report.lost} lost, ${report.changed} changed; ledger ${report.ledgerHolds && report.rootIsThatOfBefore ? 'whole, with its root' : 'NOT as it was'}`);
