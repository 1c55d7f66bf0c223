#!/usr/bin/env node
// R8: stops PostgreSQL while phones submit at a steady rate, keeps it down, lets it come back, and at the end asks for every acknowledged submission and file:
// each must be there exactly once, byte for byte. Exit 1 when one is not, or when submissions were refused while the database was down.
//   script/chaos database-down [--seconds 60] [--rate 100] [--flap SECONDS] [--restart] [--control]
// --flap stops and starts it again and again, every so many seconds, instead of once. --restart kills the server, too, right before the database comes back.
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
    seconds: { type: 'string', default: '60' }, rate: { type: 'string', default: '100' }, flap: { type: 'string' },
    restart: { type: 'boolean', default: false }, control: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
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
  acknowledged = new Map(); refused = {}; latencies = []; isDown = false; refusedDown = 0; acknowledgedDown = 0;

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
          this.acknowledged.set(submission.instanceId, submission);
          this.acknowledgedDown += wasDown && this.isDown ? 1 : 0;
          this.latencies.push({ ms: performance.now() - began, wasDown });
          return;
        }
        this.refused[status] = (this.refused[status] ?? 0) + 1;
        this.refusedDown += wasDown && this.isDown ? 1 : 0;
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
  return { stored: listed.length, lost, changed, twice: [...times].filter(([, count]) => count > 1).map(([id]) => id) };
};

const report = await withOwnServer(async (server) => {
  await server.start();
  await server.setUp();
  const { project, submissionPath } = await server.prepareHousehold();
  const database = new Database(server);
  const load = new Load(server, submissionPath);
  await pause(11_000); // What is kept of who may send is read every five seconds.
  const running = load.run();
  await pause(2000);
  const downFor = values.flap ? Number(values.flap) * 1000 : seconds * 1000;
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
    await pause(values.flap ? downFor : 2000);
  } while (performance.now() < until);
  load.end();
  await running;
  const drainMs = await drained(server, project, load.acknowledged.size);
  const found = await verify(server, project, load.acknowledged);
  const told = load.latencies.filter(({ wasDown }) => wasDown).map(({ ms }) => ms);
  return {
    trial: values.control ? 'database-down, control' : 'database-down', seconds, rate, stops, acknowledged: load.acknowledged.size,
    acknowledgedWhileDown: load.acknowledgedDown, refusedWhileDown: load.refusedDown, refused: load.refused,
    whileDownMs: { p50: percentile(told, 0.5), p99: percentile(told, 0.99) }, drainMs,
    stored: found.stored, lost: found.lost.length, changed: found.changed.length, twice: found.twice.length,
    examples: [...found.lost, ...found.changed, ...found.twice].slice(0, 5),
  };
});

const faults = report.lost + report.changed + report.twice + (values.flap ? 0 : report.refusedWhileDown);
const isGood = values.control ? report.lost > 0 : faults === 0 && report.acknowledgedWhileDown > 0;
console.log(JSON.stringify(report));
console.log(`${isGood ? 'passed' : 'FAILED'}: ${report.trial}: ${report.stops} stops, ${report.acknowledged} acknowledged, ${report.acknowledgedWhileDown} of them while it was down, `
  + `${report.refusedWhileDown} refused then, ${report.lost} lost, ${report.changed} changed, ${report.twice} there twice${values.control ? ' (the control must lose some)' : ''}`);
process.exit(isGood ? 0 : 1);
