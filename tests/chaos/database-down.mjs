#!/usr/bin/env node
// R8: stops PostgreSQL while phones submit at a steady rate, keeps it down, lets it come back, and at the end asks for every acknowledged submission and file:
// each must be there exactly once, by its entries in the ledger too, byte for byte, in the order in which they were acknowledged, and nothing may wait or be set
// aside. Exit 1 when that is not so, when a submission was refused while the database was down, or when what a phone lacks then (the form list) was answered by
// anything but 503.
//   script/chaos database-down [--seconds 20 | --minutes N] [--rate 50] [--flapping SECONDS | --hang | --restart] [--most-p99 MS] [--control]
// The whole of it: --minutes 10 --rate 200. --flapping stops and starts it again and again, every so many seconds, instead of once; who meets it in between may be told
// 503. --hang freezes all its processes instead of stopping them: it takes connections and never answers. --restart kills the server, too, right before the
// database comes back. --most-p99 also fails when one in a hundred waited longer for its 201 while the database was down, in milliseconds.
// --control throws the intake journal away before the database comes back, so that what it alone held must be missing: it shows that this trial can see a
// loss. Its exit code is 0 when it saw one.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Connection } from '../../bench/load/connection.mjs';
import { FORM_ID } from '../../bench/load/household.mjs';
import { pause, withOwnServer } from '../../bench/load/server.mjs';
import { findLosses, newSubmission, requestOf } from './support/phones.mjs';
import { conclude, drained, sql } from './support/trial.mjs';

const PHOTO_EVERY = 20;
const PHOTO_BYTES = 20_000;
const KEPT_AFTER_MS = 11_000; // What is kept of who may send is read every five seconds.
const LONGEST_DRAIN_SECONDS = 600;
const LONGEST_IDLE_MS = 45_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' }, minutes: { type: 'string' }, rate: { type: 'string', default: '50' }, flapping: { type: 'string' },
    hang: { type: 'boolean', default: false }, restart: { type: 'boolean', default: false }, 'most-p99': { type: 'string' }, control: { type: 'boolean', default: false },
  },
});
const seconds = values.minutes ? Number(values.minutes) * 60 : Number(values.seconds);
const rate = Number(values.rate);
const mostP99 = values['most-p99'] ? Number(values['most-p99']) : Infinity;
const withRestart = values.restart || values.control;

/** PostgreSQL of a server, kept down: its control file is out of the way, so that the server cannot start it. */
class StoppedDatabase {
  #control;

  constructor(server) {
    this.server = server;
    this.#control = path.join(server.data, 'postgres', 'global', 'pg_control');
  }

  async stop() {
    const pid = this.server.postgresPid;
    fs.renameSync(this.#control, `${this.#control}.away`);
    process.kill(pid, 'SIGQUIT');
    for (let waited = 0; waited < 20_000 && this.server.postgresPid; waited += 50) {
      await pause(50);
    }
  }

  /** Lets the server start it again. */
  release() {
    fs.renameSync(`${this.#control}.away`, this.#control);
  }
}

/** PostgreSQL of a server that hangs: every process of it is frozen, and connections to it wait. */
class FrozenDatabase {
  #frozen = [];

  constructor(server) {
    this.server = server;
  }

  async stop() {
    // The first one first: it makes no others from then on.
    const first = this.server.postgresPid;
    process.kill(first, 'SIGSTOP');
    const others = spawnSync('ps', ['-o', 'pid=', '--ppid', String(first)]).stdout.toString().split('\n').map(Number).filter((pid) => pid > 0);
    this.#frozen = [first, ...others];
    others.forEach((pid) => process.kill(pid, 'SIGSTOP'));
  }

  release() {
    for (const pid of this.#frozen.toReversed()) {
      try {
        process.kill(pid, 'SIGCONT');
      } catch {
        // It ended.
      }
    }
    this.#frozen = [];
  }
}

const isReadyAgain = async (server) => {
  for (let waited = 0; waited < 90_000; waited += 200) {
    if ((await server.call('GET', '/health/ready').catch(() => null))?.status === 200) {
      return;
    }
    await pause(200);
  }
  throw new Error('the database did not come back');
};

/** Submissions at a steady rate, whoever answers: each its own phone. What was not answered 201 is sent again, as a phone does. */
class Load {
  #idle = []; #ended = false; #path; #server; #under = new Set();
  acknowledged = new Map(); refused = {}; latencies = []; isDown = false; refusedDown = {}; acknowledgedDown = 0; lists = {};

  constructor(server, submissionPath) {
    this.#server = server;
    this.#path = submissionPath;
  }

  async run() {
    const began = performance.now();
    for (let n = 0; !this.#ended; n++) {
      const due = began + (n * 1000) / rate;
      // Also when it is late: nobody is heard while it only sends.
      await pause(Math.max(0, due - performance.now()));
      const sending = this.#send(newSubmission(n, n % PHOTO_EVERY === 0 ? PHOTO_BYTES : 0)).finally(() => this.#under.delete(sending));
      this.#under.add(sending);
    }
    await Promise.all(this.#under);
  }

  /** Asks for the forms once a second, as a phone without them does: while the database is down the answer is 503. */
  async askForForms(project) {
    while (!this.#ended) {
      const wasDown = this.isDown;
      const { status } = await this.#server.call('GET', `/v1/projects/${project}/formList`, { headers: { 'X-OpenRosa-Version': '1.0' } }).catch(() => ({ status: 'cut' }));
      if (wasDown && this.isDown) {
        this.lists[status] = (this.lists[status] ?? 0) + 1;
      }
      await pause(1000);
    }
  }

  end() {
    this.#ended = true;
  }

  // The server hangs up on connections that nobody used for 60 s; a request that meets that would have to be sent again.
  #takeIdle() {
    for (let one = this.#idle.pop(); one; one = this.#idle.pop()) {
      if (one.connection.isOpen && performance.now() - one.since < LONGEST_IDLE_MS) {
        return one.connection;
      }
      one.connection.close();
    }
    return undefined;
  }

  async #send(submission) {
    for (let attempt = 0; attempt < 200; attempt++) {
      const wasDown = this.isDown;
      const began = performance.now();
      let connection;
      try {
        connection = this.#takeIdle();
        connection ??= await new Connection(new URL(this.#server.base), this.#server.ca).open();
        const { status } = await connection.send(requestOf(this.#path, submission.body));
        this.#idle.push({ connection, since: performance.now() });
        if (status === 201) {
          const isDrained = wasDown && this.isDown;
          this.acknowledged.set(submission.instanceId, { xmlHash: submission.xmlHash, photo: submission.photo, sentAt: began, toldAt: performance.now(), isDrained });
          this.acknowledgedDown += isDrained ? 1 : 0;
          this.latencies.push({ ms: performance.now() - began, wasDown });
          return;
        }
        this.refused[status] = (this.refused[status] ?? 0) + 1;
        if (wasDown && this.isDown) {
          this.refusedDown[status] = (this.refusedDown[status] ?? 0) + 1;
        }
      } catch {
        connection?.close();
        this.refused.cut = (this.refused.cut ?? 0) + 1;
      }
      await pause(500);
    }
  }
}

const percentile = (all, share) => Math.round(all.toSorted((a, b) => a - b)[Math.floor((all.length - 1) * share)] ?? 0);

// Of two that the journal alone held and that did not overlap, the one that was told first is stored first.
const countOutOfOrder = (stored, acknowledged) => {
  let outOfOrder = 0;
  let latest = 0;
  for (const told of stored.map((instanceId) => acknowledged.get(instanceId)).filter((one) => one?.isDrained)) {
    outOfOrder += told.toldAt < latest ? 1 : 0;
    latest = Math.max(latest, told.sentAt);
  }
  return outOfOrder;
};

const linesOf = (text) => text.split('\n').filter((line) => line);

/** Stops the database once or again and again; what is under way then is answered by the time it ends. */
const ordeal = async (server, database, load, running) => {
  const downMs = (values.flapping ? Number(values.flapping) : seconds) * 1000;
  const until = performance.now() + seconds * 1000;
  let stops = 0;
  do {
    await database.stop();
    load.isDown = true;
    stops++;
    await pause(downMs);
    load.isDown = false;
    if (withRestart) {
      load.end();
      await running;
      await server.kill();
      if (values.control) {
        fs.rmSync(path.join(server.data, 'journal'), { recursive: true });
        fs.rmSync(path.join(server.data, 'journal.at'));
      }
      database.release();
      await server.start();
      return stops;
    }
    database.release();
    await isReadyAgain(server);
    await pause(values.flapping ? downMs : 2000);
  } while (performance.now() < until);
  load.end();
  await running;
  return stops;
};

const report = await withOwnServer(async (server) => {
  await server.start();
  await server.setUp();
  const { project, submissionPath } = await server.prepareHousehold();
  const database = values.hang ? new FrozenDatabase(server) : new StoppedDatabase(server);
  const load = new Load(server, submissionPath);
  await pause(KEPT_AFTER_MS);
  const running = Promise.all([load.run(), load.askForForms(project)]);
  await pause(2000);
  let stops;
  try {
    stops = await ordeal(server, database, load, running);
  } finally {
    if (values.hang) {
      database.release();
    }
  }
  const { drainedSeconds, setAside } = await drained(server, LONGEST_DRAIN_SECONDS);
  const found = await findLosses(server, project, load.acknowledged);
  const stored = linesOf(await sql(server, 'select instance_id from submissions.submissions order by sequence;'));
  const entries = linesOf(await sql(server, "select subject_id from ledger.entries where action = 'submission.create' group by 1 having count(*) <> 1;"));
  const told = load.latencies.filter(({ wasDown }) => wasDown).map(({ ms }) => ms);
  return {
    trial: values.control ? 'database-down, control' : 'database-down', form: FORM_ID, seconds, rate, stops, acknowledged: load.acknowledged.size,
    acknowledgedWhileDown: load.acknowledgedDown, refusedWhileDown: load.refusedDown, refused: load.refused, formListsWhileDown: load.lists,
    whileDownMs: { p50: percentile(told, 0.5), p99: percentile(told, 0.99), most: Math.round(told.reduce((most, ms) => Math.max(most, ms), 0)) }, drainedSeconds, setAside,
    stored: found.stored, outOfOrder: countOutOfOrder(stored, load.acknowledged), lost: found.lost.length, changed: found.changed.length,
    twice: found.twice.length + entries.length, examples: [...found.lost, ...found.changed, ...found.twice, ...entries].slice(0, 5),
  };
});

const sum = (counts) => Object.values(counts).reduce((all, count) => all + count, 0);
const refused = sum(report.refusedWhileDown);
// A database that comes and goes may be met in between: then a phone is asked to wait, and told nothing else.
const otherRefusals = sum(report.refused) - (report.refused[503] ?? 0) - (withRestart ? (report.refused.cut ?? 0) : 0);
const otherLists = sum(report.formListsWhileDown) - (report.formListsWhileDown[503] ?? 0);
const faults = report.lost + report.changed + report.twice + report.outOfOrder + otherRefusals + otherLists + (values.flapping ? 0 : refused)
  + (report.drainedSeconds === null ? 1 : 0) + (report.setAside === 0 ? 0 : 1) + (report.whileDownMs.p99 > mostP99 ? 1 : 0);
const isGood = values.control ? report.lost > 0 : faults === 0 && report.acknowledgedWhileDown > 0;
conclude(isGood, report, `${report.stops} stops, ${report.acknowledged} acknowledged, ${report.acknowledgedWhileDown} of them while it was down, `
  + `p99 ${report.whileDownMs.p99} ms then, ${refused} refused then, ${otherRefusals + otherLists} answered otherwise than 201 or 503, `
  + `drained in ${report.drainedSeconds ?? 'too many'} s, ${report.setAside} set aside, ${report.lost} lost, ${report.changed} changed, ${report.twice} there twice, `
  + `${report.outOfOrder} out of order${values.control ? ' (the control must lose some)' : ''}`);
process.exit();
