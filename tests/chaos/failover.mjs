#!/usr/bin/env node
// R11: a server on PostgreSQL with a synchronous copy (Patroni, etcd, HAProxy, as deploy/ha has them). Phones submit through HAProxy with photos, people review,
// comment and edit; the primary is killed with its Patroni, the copy takes over. Everything acknowledged must be there once, byte for byte, and the ledger whole.
// Says the longest time without a submission acknowledged, and without a change of the database.
//   script/chaos failover [--rounds 2] [--kill] [--crash] [--hang] [--switchover] [--spare] [--servers 2 [--server]] [--clients 6] [--people 3] [--control]
// Each round does each named thing once, --kill when none is: --crash kills PostgreSQL and leaves Patroni, --hang stops both until the other has taken over,
// --switchover hands over in order, --spare kills the server, whose spare is started on the same data directory once it is free. With --servers 2 both serve, each with a
// data directory of its own and one folder for keys and files, and HAProxy takes turns between them; --server kills one of them and starts it again. --control does without the
// wait for the copy and keeps the copy behind: its exit code is 0 when something acknowledged is missing, and all that is left is sealed. Exit code 77 where a program is missing.
import path from 'node:path';
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { Api } from '../../bench/load/api.mjs';
import { OwnServer, pause } from '../../bench/load/server.mjs';
import { freePorts, Pair, until, whyNoPair } from './support/pair.mjs';
import { People, Silence } from './support/people.mjs';
import { countsOf, findLosses, Phones } from './support/phones.mjs';
import { conclude, drained, notRun, run } from './support/trial.mjs';

const LONGEST_SILENCE_SECONDS = 30;
const KINDS = ['kill', 'crash', 'hang', 'switchover', 'spare', 'server'];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2' }, servers: { type: 'string', default: '1' }, clients: { type: 'string', default: '6' }, people: { type: 'string', default: '3' },
    control: { type: 'boolean', default: false }, ...Object.fromEntries(KINDS.map((kind) => [kind, { type: 'boolean', default: false }])),
  },
});
const why = whyNoPair();
if (why) {
  notRun('failover', why);
}
const [rounds, clients, people] = [values.rounds, values.clients, values.people].map(Number);
const named = KINDS.filter((kind) => values[kind]);
const isSeveral = values.servers === '2';
const kinds = values.control ? ['kill'] : named.length > 0 ? named : isSeveral ? ['server', 'kill'] : ['kill'];
if (!['1', '2'].includes(values.servers) || (isSeveral ? kinds.includes('spare') : kinds.includes('server'))) {
  throw new Error('--servers is 1 or 2; --spare is of one, --server of two');
}

/** A server behind HAProxy, with a certificate that it knows. */
class Member extends OwnServer {
  constructor(data, pair, port) {
    const own = pair.authority.of('server');
    super(data, {
      FIELDKEEP_DATABASE: pair.connection, FIELDKEEP_CERTIFICATE: own.certificate, FIELDKEEP_CERTIFICATE_KEY: own.key, FIELDKEEP_TRUSTED_PROXIES: '127.0.0.1/32',
      ...(isSeveral ? { FIELDKEEP_SHARED: path.join(pair.folder, 'shared') } : {}),
    });
    [this.authority, this.port] = [pair.authority.file, port];
  }

  get ca() { return fs.readFileSync(this.authority); }

  /** Tries to start each second until the data directory is free; gives how often it was held. */
  async takeOver() {
    for (let held = 0; ; held++) {
      try {
        await this.start();
        return held;
      } catch (problem) {
        if (!/ended \(11\)/.test(problem.message)) {
          throw problem;
        }
        await pause(1000);
      }
    }
  }
}

const pair = new Pair({ isSynchronous: !values.control });
const told = [];
let members = [];
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    members.filter(({ pid }) => pid).forEach(({ pid }) => process.kill(pid, 'SIGKILL'));
    process.exit(130);
  });
}

const seconds = (milliseconds) => Math.round(milliseconds / 100) / 10;

/** Waits until phones and people are heard again, and gives how long they were not. */
const silent = async (silences) => {
  const all = Object.entries(silences);
  const before = all.map(([, silence]) => silence.heard);
  await until(() => all.every(([, silence], index) => silence.heard > before[index] + 20), 'phones and people are heard again');
  return Object.fromEntries(all.map(([name, silence]) => [name, silence.end()]));
};

const begin = (silences) => Object.values(silences).forEach((silence) => silence.begin());

/** Hurts the primary under load and waits until its copy has taken over; then the primary comes back as a copy. */
const failOver = async (kind, silences) => {
  const leader = await pair.leader();
  const copy = pair.other(leader);
  let letGo = () => {};
  if (values.control) {
    letGo = pair.holdBack(copy);
    await pause(3_000);
  }
  begin(silences);
  await pair[kind](leader);
  letGo();
  const promoted = await until(async () => await pair.leader() === copy, `${copy.name} is the primary`);
  const silentSeconds = await silent(silences);
  if (kind === 'hang') {
    pair.wake(leader);
  } else if (kind === 'kill') {
    pair.runPatroni(leader);
  }
  return { kind, primary: leader.name, promotedSeconds: seconds(promoted), copyBackSeconds: seconds(await pair.isWhole()), silentSeconds };
};

/** Kills the server under load while its spare waits for the data directory. */
const replaceServer = async (silences) => {
  const [server, spare] = members;
  const taking = spare.takeOver();
  await pause(2_500);
  begin(silences);
  await server.kill();
  const heldOut = await taking;
  members.reverse();
  return { kind: 'spare', heldOut, silentSeconds: await silent(silences) };
};

/** Kills one of two servers under load; the other goes on. Then it comes back and brings the database what its journal has. */
const loseServer = async (round, silences) => {
  const server = members[round % 2];
  begin(silences);
  await server.kill();
  const silentSeconds = await silent(silences);
  await pause(2_000);
  const back = await server.start();
  return { kind: 'server', silentSeconds, backSeconds: seconds(back), ...await drained(server) };
};

/** What “fieldkeep verify” says once everything is sealed. */
const verified = async (server) => {
  for (let tries = 0; ; tries++) {
    const report = JSON.parse((await run(server.program, ['verify', '--data', server.data, '--json'], { env: server.environment })).stdout);
    if (report.unsealed === 0 || tries === 20) {
      return report;
    }
    await pause(500);
  }
};

const trial = async () => {
  const ports = await freePorts(2);
  await pair.start(ports.map((port) => `127.0.0.1:${port}`), { bothServe: isSeveral });
  members = ports.map((port, index) => new Member(path.join(pair.folder, isSeveral ? `data-${index + 1}` : 'data'), pair, port));
  await members[0].start();
  await members[0].setUp();
  const { project, submissionPath } = await members[0].prepareHousehold();
  if (isSeveral) {
    await members[1].start();
  }
  const door = Object.assign(new Api(), { base: `https://localhost:${pair.doorPort}`, ca: members[0].ca, token: members[0].token });
  door.trust(door.ca);
  await until(async () => (await door.call('GET', '/health/live')).status === 200, 'HAProxy has found the server', 20_000);
  const silences = { submissions: new Silence(), changes: new Silence() };
  const phones = new Phones(door, submissionPath, { restMs: 100, heard: () => silences.submissions.hear() });
  const team = new People(door, project, phones, () => silences.changes.hear());
  const running = [phones.run(clients), team.run(people, 100)];
  for (let round = 1; round <= rounds; round++) {
    for (const kind of kinds) {
      await pause(3_000);
      told.push(await (kind === 'spare' ? replaceServer(silences) : kind === 'server' ? loseServer(round, silences) : failOver(kind, silences)));
      console.error(`round ${round} of ${rounds}: ${JSON.stringify(told.at(-1))}; ${phones.acknowledged.size} submissions, ${team.count} changes acknowledged`);
    }
  }
  await pause(2_000);
  phones.end();
  team.end();
  await Promise.all(running);
  const waited = await drained(members[0]);
  const other = isSeveral ? await drained(members[1]) : waited;
  const [found, missed, report] = [await findLosses(door, project, phones.acknowledged), await team.findLosses(), await verified(members[0])];
  return {
    trial: `failover${isSeveral ? ', two servers' : ''}${values.control ? ', control' : ''}`, rounds, kinds, clients, people, told, ...countsOf(phones, found), ...waited, ...(isSeveral ? { other } : {}),
    changes: team.count, edits: team.done.edits.size, changesLost: missed.length, changesRefused: team.refused, changesBroken: team.broken, missed: missed.slice(0, 5),
    verify: { holds: report.holds, findings: report.findingCount, unsealed: report.unsealed, entries: report.entries, first: report.findings?.slice(0, 3) },
  };
};

let report;
try {
  report = await trial();
} catch (problem) {
  console.error(`${problem.stack}\n${pair.logs}\n--- server\n${members.map((member) => member.log.slice(-3000)).join('\n')}`);
} finally {
  await Promise.all(members.map((member) => member.stop()));
  await pair.remove();
}
if (!report) {
  process.exit(1);
}

const longest = (what) => Math.max(...told.map(({ silentSeconds }) => silentSeconds[what]));
const isSealed = report.verify.unsealed === 0;
const missing = report.lost + report.changed + report.changesLost;
const isWhole = missing + report.twice + report.unclear + report.setAside === 0 && report.drainedSeconds !== null && report.verify.holds
  && (report.other === undefined || (report.other.drainedSeconds !== null && report.other.setAside === 0)) && report.acknowledged > 0 && report.edits > 0 && told.every(({ heldOut }) => heldOut !== 0);
const isQuick = ['submissions', 'changes'].every((what) => longest(what) < LONGEST_SILENCE_SECONDS);
conclude(isSealed && (values.control ? missing > 0 : isWhole && isQuick), report,
  `${told.length} times (${kinds.join(', ')}): ${report.acknowledged} submissions and ${report.changes} changes acknowledged, ${report.lost + report.changesLost} lost, `
  + `${report.changed} changed, ${report.twice} there twice; longest without an acknowledged submission ${longest('submissions')} s, without a change ${longest('changes')} s`
  + (values.control ? ' (the control must lose some)' : ''));
