#!/usr/bin/env node
// R8: stops PostgreSQL while phones submit at a steady rate, keeps it down, lets it come back, and at the end asks for every acknowledged submission and file:
// each must be there exactly once, byte for byte, in the order in which they were acknowledged. Exit 1 when one is not, when a submission was refused while the
// database was down, or when what a phone lacks then (the form list) was answered by anything but 503.
//   script/chaos database-down [--seconds 20 | --minutes N] [--rate 50] [--flapping SECONDS] [--restart] [--control]
// The whole of it: --minutes 10 --rate 200. --flapping stops and starts it again and again, every so many seconds, instead of once. --restart kills the server, too, right before the database comes back.
// --control throws the intake journal away before the database comes back, so that what it alone held must be missing: it shows that this trial can see a
// loss. Its exit code is 0 when it saw one.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Connection } from '../../bench/load/connection.mjs';
import { FORM_ID, instanceXml } from '../../bench/load/household.mjs';
import { CONTENT_TYPE, jpegOf, submissionBody } from '../../bench/load/multipart.mjs';
import { pause, withOwnServer } from '../../bench/load/server.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' }, minutes: { type: 'string' }, rate: { type: 'string', default: '50' }, flapping: { type: 'string' },
    restart: { type: 'boolean', default: false }, control: { type: 'boolean', default: false },
  },
});
const seconds = values.minutes ? Number(values.minutes) * 60 : Number(values.seconds);
const rate = Number(values.rate);
const withRestart = values.restart || values.control;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

const newSubmission = (n) => {
  const instanceId = `uuid:${randomUUID()}`;
  const photo = n % 20 === 0 ? { name: `photo-${n}.jpg`, type: 'image/jpeg', bytes: jpegOf(20_000) } : null;
  const xml = Buffer.from(instanceXml(n, { instanceId, photo: photo?.name ?? '', notes: `Note ${randomBytes(24).toString('hex')}` }));
  return { instanceId, body: submissionBody(xml, photo ? [photo] : []), xmlHash: sha256(xml), photo: photo ? { name: photo.name, hash: sha256(photo.bytes) } : null };
};

/** PostgreSQL of a server, kept down: its control file is out of the way, so that the server cannot start it. */
class Database {
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

  async start() {
    fs.renameSync(`${this.#control}.away`, this.#control);
    for (let waited = 0; waited < 90_000; waited += 200) {
      if ((await this.server.call('GET', '/health/ready').catch(() => null))?.status === 200) {
        return;
      }
      await pause(200);
    }
    throw new Error('the database did not come back');
  }
}

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
      if (due > performance.now()) {
        await pause(due - performance.now());
      }
      const sending = this.#send(newSubmission(n)).finally(() => this.#under.delete(sending));
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

  async #send(submission) {
    for (let attempt = 0; attempt < 200; attempt++) {
      const wasDown = this.isDown;
      const began = performance.now();
      let connection;
      try {
        connection = this.#idle.pop() ?? await new Connection(new URL(this.#server.base), this.#server.ca).open();
        const { status } = await connection.send(this.#requestOf(submission.body));
        this.#idle.push(connection);
        if (status === 201) {
          this.acknowledged.set(submission.instanceId, { xmlHash: submission.xmlHash, photo: submission.photo, sentAt: began, toldAt: performance.now(), isDrained: wasDown && this.isDown });
          this.acknowledgedDown += wasDown && this.isDown ? 1 : 0;
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

  #requestOf(body) {
    const head = `POST ${this.#path} HTTP/1.1\r\nHost: localhost\r\nX-OpenRosa-Version: 1.0\r\nContent-Type: ${CONTENT_TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), body]);
  }
}

const percentile = (all, share) => Math.round(all.toSorted((a, b) => a - b)[Math.floor((all.length - 1) * share)] ?? 0);

/** Waits until the journal has nothing that the database lacks: the count no longer rises and reaches what was acknowledged, or a minute has passed. */
const drained = async (server, project, wanted) => {
  const began = performance.now();
  for (;;) {
    const listed = (await server.need(200, 'GET', `/v1/projects/${project}/forms/${FORM_ID}`, { headers: { 'X-Extended-Metadata': 'true' } })).json;
    if (listed.submissions >= wanted || performance.now() - began > 60_000) {
      return Math.round(performance.now() - began);
    }
    await pause(250);
  }
};

/** Reads everything back through the API and names what is lost, changed or there twice. */
const verify = async (server, project, acknowledged) => {
  const listed = (await server.need(200, 'GET', `/v1/projects/${project}/forms/${FORM_ID}/submissions`)).json;
  const times = new Map();
  for (const { instanceId } of listed) {
    times.set(instanceId, (times.get(instanceId) ?? 0) + 1);
  }
  const lost = [];
  const changed = [];
  const waiting = [...acknowledged];
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [instanceId, { xmlHash, photo }] = next;
      const address = `/v1/projects/${project}/forms/${FORM_ID}/submissions/${encodeURIComponent(instanceId)}`;
      const xml = await server.call('GET', `${address}.xml`);
      const file = photo ? await server.call('GET', `${address}/attachments/${encodeURIComponent(photo.name)}`) : null;
      if (xml.status !== 200 || !times.has(instanceId) || (file && file.status !== 200)) {
        lost.push(instanceId);
      } else if (sha256(xml.bytes) !== xmlHash || (file && sha256(file.bytes) !== photo.hash)) {
        changed.push(instanceId);
      }
    }
  }));
  // The newest first. Of two that the journal alone held and that did not overlap, the one that was told first is stored first.
  let outOfOrder = 0;
  let latest = 0;
  for (const { instanceId } of listed.toReversed()) {
    const told = acknowledged.get(instanceId);
    if (told?.isDrained) {
      outOfOrder += told.toldAt < latest ? 1 : 0;
      latest = Math.max(latest, told.sentAt);
    }
  }
  return { stored: listed.length, outOfOrder, lost, changed, twice: [...times].filter(([, count]) => count > 1).map(([id]) => id) };
};

const report = await withOwnServer(async (server) => {
  await server.start();
  await server.setUp();
  const { project, submissionPath } = await server.prepareHousehold();
  const database = new Database(server);
  const load = new Load(server, submissionPath);
  await pause(11_000); // What is kept of who may send is read every five seconds.
  const running = Promise.all([load.run(), load.askForForms(project)]);
  await pause(2000);
  const downFor = values.flapping ? Number(values.flapping) * 1000 : seconds * 1000;
  const until = performance.now() + seconds * 1000;
  let stops = 0;
  do {
    await database.stop();
    load.isDown = true;
    stops++;
    await pause(downFor);
    load.isDown = false;
    if (withRestart) {
      load.end();
      await running;
      await server.kill();
      if (values.control) {
        fs.rmSync(path.join(server.data, 'journal'), { recursive: true });
        fs.rmSync(path.join(server.data, 'journal.at'));
      }
      fs.renameSync(path.join(server.data, 'postgres/global/pg_control.away'), path.join(server.data, 'postgres/global/pg_control'));
      await server.start();
      break;
    }
    await database.start();
    await pause(values.flapping ? downFor : 2000);
  } while (performance.now() < until);
  load.end();
  await running;
  const drainMs = await drained(server, project, load.acknowledged.size);
  const found = await verify(server, project, load.acknowledged);
  const told = load.latencies.filter(({ wasDown }) => wasDown).map(({ ms }) => ms);
  return {
    trial: values.control ? 'database-down, control' : 'database-down', seconds, rate, stops, acknowledged: load.acknowledged.size,
    acknowledgedWhileDown: load.acknowledgedDown, refusedWhileDown: load.refusedDown, refused: load.refused, formListsWhileDown: load.lists,
    whileDownMs: { p50: percentile(told, 0.5), p99: percentile(told, 0.99) }, drainMs,
    stored: found.stored, outOfOrder: found.outOfOrder, lost: found.lost.length, changed: found.changed.length, twice: found.twice.length,
    examples: [...found.lost, ...found.changed, ...found.twice].slice(0, 5),
  };
});

const sum = (counts) => Object.values(counts).reduce((all, count) => all + count, 0);
const refused = sum(report.refusedWhileDown);
// A database that comes and goes may be met in between: then a phone is asked to wait, and told nothing else.
const otherRefusals = sum(report.refused) - (report.refused[503] ?? 0) - (values.restart || values.control ? (report.refused.cut ?? 0) : 0);
const otherLists = sum(report.formListsWhileDown) - (report.formListsWhileDown[503] ?? 0);
const faults = report.lost + report.changed + report.twice + report.outOfOrder + otherRefusals + otherLists + (values.flapping ? 0 : refused);
const isGood = values.control ? report.lost > 0 : faults === 0 && report.acknowledgedWhileDown > 0;
console.log(JSON.stringify(report));
console.log(`${isGood ? 'passed' : 'FAILED'}: ${report.trial}: ${report.stops} stops, ${report.acknowledged} acknowledged, ${report.acknowledgedWhileDown} of them while it was down, `
  + `p99 ${report.whileDownMs.p99} ms then, ${refused} refused then, ${otherRefusals + otherLists} answered otherwise than 201 or 503, drained in ${report.drainMs} ms, `
  + `${report.lost} lost, ${report.changed} changed, ${report.twice} there twice, ${report.outOfOrder} out of order${values.control ? ' (the control must lose some)' : ''}`);
process.exit(isGood ? 0 : 1);
