#!/usr/bin/env node
// R5: phones submit while a server follows with a backup directory on another disk; at a random moment server and PostgreSQL are killed and the whole
// data directory is destroyed. What is restored from the backup directory must have every acknowledged submission and file once, byte for byte.
//   script/chaos primary-lost [--cycles 10] [--clients 8] [--disk DIR] [--control]
// DIR lies on another disk than the folder of temporary files; default /dev/shm. Where it does not, the trial was not run, says so, and its exit code
// is 77. --control removes the last file of the log before the restore, so that some must be missing. Its exit code is 0 when they were.
import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { OwnServer, pause } from '../../bench/load/server.mjs';
import { filesOfLog, restore, signIn } from './support/restored.mjs';
import { findLosses, Phones } from './support/phones.mjs';

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '10' }, clients: { type: 'string', default: '8' }, disk: { type: 'string', default: '/dev/shm' },
    control: { type: 'boolean', default: false },
  },
});
if (!fs.existsSync(values.disk) || fs.statSync(values.disk).dev === fs.statSync(os.tmpdir()).dev) {
  console.log(`not run: primary-lost: ${values.disk} is not another disk than ${os.tmpdir()}`);
  process.exit(77);
}

const cycles = Number(values.cycles);
const total = { acknowledged: 0, lost: 0, changed: 0, twice: 0, examples: [], restoreMs: [] };

const runOnce = async (folder) => {
  const backup = path.join(folder, 'backup');
  const server = new OwnServer(undefined, { FIELDKEEP_BACKUP: backup });
  let restored = null;
  try {
    await server.start();
    await server.setUp();
    const { project, submissionPath } = await server.prepareHousehold();
    for (let waited = 0; ; waited += 200) {
      const [target] = (await server.need(200, 'GET', '/api/backups')).json.targets;
      if (target.commitsWait && target.newestBase) {
        break;
      }
      if (waited > 120_000) {
        throw new Error(`the backup did not begin: ${JSON.stringify(target)}`);
      }
      await pause(200);
    }
    const phones = new Phones(server, submissionPath, { file: path.join(folder, 'acknowledged.jsonl') });
    server.isUp = true;
    const running = phones.run(Number(values.clients));
    await phones.isHeard();
    await pause(500 + randomInt(3000));
    await server.kill();
    server.isUp = false;
    process.kill(server.postgresPid, 'SIGKILL');
    phones.end();
    await running;
    for (const name of fs.readdirSync(server.data)) {
      // The key lies on paper, and here in a file elsewhere.
      if (name === 'keys') {
        fs.copyFileSync(path.join(server.data, 'keys', 'root.key'), path.join(folder, 'root.key'));
      }
      fs.rmSync(path.join(server.data, name), { recursive: true, force: true });
    }
    if (values.control) {
      fs.rmSync(filesOfLog(backup).at(-1));
    }
    const began = performance.now();
    restored = await restore(server, ['--from', backup, '--to', 'latest', '--root-key', path.join(folder, 'root.key')]);
    total.restoreMs.push(Math.round(performance.now() - began));
    await restored.start();
    await signIn(restored);
    const found = await findLosses(restored, project, phones.acknowledged);
    total.acknowledged += phones.acknowledged.size;
    total.lost += found.lost.length;
    total.changed += found.changed.length;
    total.twice += found.twice.length;
    total.examples.push(...found.lost.slice(0, 3));
    return phones.acknowledged.size;
  } finally {
    await restored?.remove();
    await server.remove();
  }
};

for (let cycle = 1; cycle <= cycles; cycle++) {
  const folder = fs.mkdtempSync(path.join(values.disk, 'fieldkeep-lost-'));
  try {
    console.error(`cycle ${cycle} of ${cycles}: ${await runOnce(folder)} acknowledged, ${total.lost} lost so far`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

const faults = total.lost + total.changed + total.twice;
const isGood = values.control ? total.lost > 0 : faults === 0 && total.acknowledged > 0;
const name = values.control ? 'primary-lost, control' : 'primary-lost';
console.log(JSON.stringify({ trial: name, cycles, clients: Number(values.clients), ...total }));
console.log(`${isGood ? 'passed' : 'FAILED'}: ${name}: ${cycles} data directories destroyed, ${total.acknowledged} acknowledged, ${total.lost} lost, `
  + `${total.changed} changed, ${total.twice} there twice${values.control ? ' (the control must lose some)' : ''}`);
process.exit(isGood ? 0 : 1);
