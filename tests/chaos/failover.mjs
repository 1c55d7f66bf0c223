#!/usr/bin/env node
// R11: a server on PostgreSQL with a synchronous copy (Patroni, etcd, HAProxy, as deploy/ha has them). Phones submit through HAProxy with photos, people review,
// comment and edit; the primary is killed with its Patroni, the copy takes over. Everything acknowledged must be there once, byte for byte, and the ledger whole.
// Says the longest time without a submission acknowledged, and without a change of the database.
//   script/chaos failover [--rounds 2] [--kill] [--crash] [--hang] [--switchover] [--spare] [--clients 6] [--people 3] [--control]
// Each round does each named thing once, --kill when none is: --crash kills PostgreSQL and leaves Patroni, --hang stops both until the other has taken over,
// --switchover hands over in order, --spare kills the server, whose spare is started on the same data directory once it is free. --control does without the
// wait for the copy and keeps the copy behind: its exit code is 0 when something acknowledged is missing. Exit code 77 where a program is missing.
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
const KINDS = ['kill', 'crash', 'hang', 'switchover', 'spare'];

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2' }, clients: { type: 'string', default: '6' }, people: { type: 'string', default: '3' },
    control: { type: 'boolean', default: false }, ...Object.fromEntries(KINDS.map((kind) => [kind, { type: 'boolean', default: false }])),
  },
});
const why = whyNoPair();
if (why) {
  notRun('failover', why);
}
const [rounds, clients, people] = [values.rounds, values.clients, values.people].map(Number);
const named = KINDS.filter((kind) => values[kind]);
const kinds = values.control || named.length === 0 ? ['kill'] : named;

/** A server behind HAProxy, with a certificate that it knows. */
class Member extends OwnServer {
  constructor(data, pair, port) {
    const own = pair.authority.of('server');
    super(data, { FIELDKEEP_DATABASE: pair.connection, FIELDKEEP_CERTIFICATE: own.certificate, FIELDKEEP_CERTIFICATE_KEY: own.key, FIELDKEEP_TRUSTED_PROXIES: '127.0.0.1/32' });
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

/** Does one thing to the primary under load, and waits until everything goes on; gives the silences. */
const ordeal = async (kind, silences) => {
  const leader = await pair.leader();
  const copy = pair.other(leader);
  let wake = () => {};
  let heldUp = null;
  if (values.control) {
    wake = pair.holdBack(copy);
    await pause(3_000);
  }
  Object.values(silences).forEach((silence) => silence.begin());
  let held;
  if (kind === 'spare') {
    const spare = members[1].takeOver();
    await pause(2_500);
    Object.values(silences).forEach((silence) => silence.begin());
    await members[0].kill();
    held = await spare;
    members.reverse();
  } else if (kind === 'switchover') {
    await pair.switchOver(leader);
  } else {
    pair[kind](leader);
    wake();
  }
  if (kind !== 'spare') {
    heldUp = Math.round(await until(async () => await pair.leader() === copy, `${copy.name} is the primary`) / 100) / 10;
  }
  const before = Object.values(silences).map((silence) => silence.heard);
  await until(() => Object.values(silences).every((silence, index) => silence.heard > before[index] + 20), 'phones and people are heard again');
  const gaps = Object.fromEntries(Object.entries(silences).map(([name, silence]) => [name, silence.end()]));
  if (kind === 'hang') {
    pair.wake(leader);
  } else if (kind === 'kill') {
    pair.runPatroni(leader);
  }
  const isBack = kind === 'spare' ? null : Math.round(await pair.isWhole() / 100) / 10;
  return { kind, from: leader.name, ...(heldUp === null ? {} : { promotedSeconds: heldUp, copyBackSeconds: isBack }), ...(held === undefined ? {} : { heldOut: held }), silentSeconds: gaps };
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
  await pair.start(ports.map((port) => `127.0.0.1:${port}`));
  const data = path.join(pair.folder, 'data');
  members = ports.map((port) => new Member(data, pair, port));
  await members[0].start();
  await members[0].setUp();
  const { project, submissionPath } = await members[0].prepareHousehold();
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
      told.push(await ordeal(kind, silences));
      console.error(`round ${round} of ${rounds}: ${JSON.stringify(told.at(-1))}; ${phones.acknowledged.size} submissions, ${team.count} changes acknowledged`);
    }
  }
  await pause(2_000);
  phones.end();
  team.end();
  await Promise.all(running);
  const waited = await drained(members[0]);
  const [found, missed, report] = [await findLosses(door, project, phones.acknowledged), await team.findLosses(), await verified(members[0])];
  return {
    trial: values.control ? 'failover, control' : 'failover', rounds, kinds, clients, people, told, ...countsOf(phones, found), ...waited,
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
const faults = report.lost + report.changed + report.twice + report.changesLost;
const isWhole = faults === 0 && report.unclear === 0 && report.acknowledged > 0 && report.edits > 0 && report.setAside === 0 && report.drainedSeconds !== null && report.verify.holds
  && report.verify.unsealed === 0;
const isQuick = ['submissions', 'changes'].every((what) => longest(what) < LONGEST_SILENCE_SECONDS);
conclude(values.control ? report.lost + report.changed + report.changesLost > 0 : isWhole && isQuick, report,
  `${told.length} times (${kinds.join(', ')}): ${report.acknowledged} submissions and ${report.changes} changes acknowledged, ${report.lost + report.changesLost} lost, `
  + `${report.changed} changed, ${report.twice} there twice; longest without an acknowledged submission ${longest('submissions')} s, without a change ${longest('changes')} s`
  + (values.control ? ' (the control must lose some)' : ''));
