#!/usr/bin/env node
// R13: an earlier program is filled with submissions; this one upgrades its database and is killed, with PostgreSQL, at each statement of each migration, and while it
// copies its snapshot. After each kill the database must be what it was, and the earlier program must start on it. Then an upgrade comes to its end, phones submit on,
// and “fieldkeep rollback” goes back: the earlier program must have every submission, of before and since, byte for byte, each once, and its ledger whole.
//   script/chaos upgrade [--from COMMIT|DIR] [--submissions 60] [--copies 3] [--every 1] [--control]
// --from: an earlier commit, built from git into artifacts/earlier, or a folder with a program. --every 5: only at each fifth statement. --control runs the migrations
// as a runner without a transaction would; its exit code is 0 when what that leaves was seen as broken, and no program served it.
import fs from 'node:fs';
import path from 'node:path';
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pause, withOwnServer } from '../../bench/load/server.mjs';
import { DISARM, HOOK, isHeld, kill, LOCK, shapeOf, statementsOf } from './support/upgrades.mjs';
import { countsOf, findLosses, Phones } from './support/phones.mjs';
import { conclude, drained, has, need, notRun, run, sql } from './support/trial.mjs';

const { values } = parseArgs({
  options: {
    from: { type: 'string' }, submissions: { type: 'string', default: '60' }, copies: { type: 'string', default: '3' }, every: { type: 'string', default: '1' },
    control: { type: 'boolean', default: false },
  },
});
const [submissions, copies, every] = [values.submissions, values.copies, values.every].map(Number);
const NAME = 'upgrade';
const MOST_STATEMENTS = 2000;

// The two before make the table of migrations where there is none: every start has them, that of the earlier program, too.
const FIRST = 3;

// One whose database ends with the migration 0073, and that stores again what its intake journal has after a restore. A release takes its place once there is one.
const EARLIER = '0d2055f259c1113d36e1d51cab19952025b18988';
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The earlier program, built if need be. */
const earlier = async () => {
  const from = values.from ?? EARLIER;
  if (fs.existsSync(path.join(from, 'fieldkeep'))) {
    return path.resolve(from, 'fieldkeep');
  }
  if (!has('git', '--version') || (await run('git', ['-C', root, 'cat-file', '-e', `${from}^{commit}`])).code !== 0) {
    notRun(NAME, `this is no clone whose history has ${from}; give --from a folder with an earlier program`);
  }
  const commit = (await need('git', ['-C', root, 'rev-parse', `${from}^{commit}`])).trim();
  const folder = path.join(root, 'artifacts', 'earlier', commit);
  const program = path.join(folder, 'src/Fieldkeep/bin/Release/net10.0/fieldkeep');
  if (!fs.existsSync(program)) {
    console.error(`building the program of ${commit}`);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    await need('git', ['-C', root, 'archive', '--output', `${folder}.tar`, commit]);
    await need('tar', ['-xf', `${folder}.tar`, '-C', folder]);
    fs.rmSync(`${folder}.tar`);
    // A project above would lend it its settings.
    await need('dotnet', ['build', path.join(folder, 'src/Fieldkeep'), '-c', 'Release', '-p:RunAnalyzers=false', '-v:q', '-nologo']);
  }
  return program;
};

const submit = async (server, submissionPath, more) => {
  const phones = new Phones(server, submissionPath, { photoBytes: 30_000 });
  const running = phones.run(6);
  while (phones.acknowledged.size < more) {
    await pause(20);
  }
  phones.end();
  await running;
  return phones;
};

const report = { trial: values.control ? `${NAME}, control` : NAME, statements: 0, kills: 0, copiesKilled: 0, notWhole: [] };

const startAs = async (server, program) => {
  server.program = program;
  return server.start();
};

/** Starts the newer program with the hook at a statement, and kills it there; false when there is no such statement and it serves. */
const killAt = async (server, newer) => {
  const starting = startAs(server, newer).then(() => 'ready', (ended) => ended.message);
  for (;;) {
    const said = await Promise.race([starting, pause(60)]);
    if (said === 'ready') {
      return false;
    }
    if (said !== undefined) {
      throw new Error(`the newer program did not start: ${said}`);
    }
    if (await isHeld(server)) {
      // A sequence may count on from elsewhere after the kill: the earlier program must not come upon the statement again.
      await sql(server, DISARM);
      await kill(server);
      await starting;
      return true;
    }
  }
};

/** Starts the newer program and kills it while it copies the database; false when the copy was quicker. */
const killCopy = async (server, newer) => {
  const from = server.log.length;
  // Should the copy be quicker, it goes no further than to the first statement.
  const starting = startAs(server, newer).catch(() => {});
  for (const since = performance.now(); !server.log.slice(from).includes('copying the database');) {
    if (performance.now() - since > 60_000) {
      throw new Error(`no snapshot was begun within a minute: ${server.log.slice(from)}`);
    }
    await pause(2);
  }
  await pause(randomInt(120));
  const isCopied = await isHeld(server);
  await kill(server);
  await starting;
  return !isCopied;
};

const look = async (server, before, where) => {
  const now = await shapeOf(server);
  if (now !== before) {
    report.notWhole.push(`${where}: the database is not what it was`);
  }
};

const holds = async (server, program) => {
  const told = await run(program, ['verify', '--data', server.data, '--json']);
  const verified = told.code === 0 || told.stdout ? JSON.parse(told.stdout) : { holds: false, findings: [{ message: told.stderr }] };
  if (!verified.holds) {
    report.notWhole.push(`verify: ${JSON.stringify(verified.findings?.slice(0, 2))} ${verified.notVerified ?? ''}`);
  }
};

const rollBack = async (server, newer) => {
  const asked = await run(newer, ['rollback', '--data', server.data]);
  const done = await run(newer, ['rollback', '--data', server.data, '--yes']);
  if (asked.code !== 16 || done.code !== 0) {
    throw new Error(`the rollback ended with ${asked.code} and ${done.code}: ${asked.stderr}${done.stderr}`);
  }
  report.told = asked.stderr.split('\n').filter((line) => /since then|×/.test(line)).map((line) => line.trim());
};

const trial = async (server, older, newer) => {
  await startAs(server, older);
  await server.setUp();
  const { project, submissionPath } = await server.prepareHousehold();
  const phones = await submit(server, submissionPath, submissions);
  await sql(server, HOOK);
  const before = await shapeOf(server);
  for (let copy = 0; copy < copies; copy++) {
    await sql(server, statementsOf(FIRST));
    await server.stop();
    report.copiesKilled += await killCopy(server, newer) ? 1 : 0;
    await startAs(server, older);
    await look(server, before, 'a kill while the snapshot was copied');
  }
  for (let statement = FIRST; statement < MOST_STATEMENTS; statement += every) {
    await sql(server, statementsOf(statement));
    await server.stop();
    if (!await killAt(server, newer)) {
      report.statements = statement - FIRST;
      break;
    }
    report.kills++;
    // The earlier program serves what the kill left.
    await startAs(server, older);
    await look(server, before, `statement ${statement - FIRST + 1}`);
    console.error(`killed at statement ${statement - FIRST + 1}: ${report.notWhole.length} broken`);
  }
  // The newer one serves: this upgrade came to its end.
  const upgraded = await findLosses(server, project, phones.acknowledged);
  const since = await submit(server, submissionPath, submissions);
  since.acknowledged.forEach((value, key) => phones.acknowledged.set(key, value));
  await drained(server);
  await holds(server, newer);
  await server.stop();
  await rollBack(server, newer);
  await startAs(server, older);
  Object.assign(report, await drained(server));
  await server.signIn('admin@example.org', 'granite-kettle-ninety-orchard');
  await look(server, before, 'the rollback');
  const back = await findLosses(server, project, phones.acknowledged);
  await holds(server, older);
  await sql(server, statementsOf(0));
  await server.stop();
  await startAs(server, newer);
  await server.signIn('admin@example.org', 'granite-kettle-ninety-orchard');
  const again = await findLosses(server, project, phones.acknowledged);
  await holds(server, newer);
  const faults = [upgraded, back, again].map(({ lost, changed, twice }) => lost.length + changed.length + twice.length);
  return Object.assign(report, { ...countsOf(phones, back), faultsUpgraded: faults[0], faultsRolledBack: faults[1], faultsUpgradedAgain: faults[2] });
};

/** A runner that commits each statement, killed in the middle; then both programs are asked to serve what it left. */
const control = async (server, older, newer) => {
  await startAs(server, older);
  await server.setUp();
  await sql(server, HOOK);
  const before = await shapeOf(server);
  const applied = (await sql(server, 'select name from database.migrations')).split('\n');
  const folder = path.join(root, 'src/Fieldkeep.Server/Database/Migrations');
  const pending = fs.readdirSync(folder).sort().filter((name) => !applied.includes(name));
  await sql(server, statementsOf(4));
  const running = sql(server, `set role fieldkeep;\n${LOCK};\n${pending.map((name) => fs.readFileSync(path.join(folder, name), 'utf8')).join('\n')}`).then(() => 'whole', () => 'killed');
  while (!await isHeld(server)) {
    await pause(20);
  }
  await kill(server);
  await running;
  await startAs(server, older);
  await look(server, before, 'a runner without a transaction');
  await sql(server, statementsOf(0));
  await server.stop();
  const started = await startAs(server, newer).then(() => true, () => false);
  return Object.assign(report, { newerStarts: started });
};

const older = await earlier();
await withOwnServer(async (server) => (values.control ? control : trial)(server, older, server.program));
const isGood = values.control ? report.notWhole.length > 0 && report.newerStarts === false
  : report.notWhole.length === 0 && report.kills > 0 && report.faultsUpgraded + report.faultsRolledBack + report.faultsUpgradedAgain === 0;
conclude(isGood, report, values.control
  ? `${report.notWhole.length} broken, the newer program ${report.newerStarts ? 'starts' : 'does not start'} (the control must be seen as broken)`
  : `killed at ${report.kills} of ${report.statements} statements and ${report.copiesKilled} times while copying, ${report.notWhole.length} broken; ${report.acknowledged} acknowledged, `
    + `${report.faultsUpgraded} missing, changed or twice after the upgrade, ${report.faultsRolledBack} after the rollback in the earlier program, ${report.faultsUpgradedAgain} upgraded again`);
