#!/usr/bin/env node
// R1: kills the server at random moments while phones submit, starts it again on the same directory, and at the end asks
// for every acknowledged submission and file: each must be there exactly once, byte for byte. Exit 1 when one is not.
//   script/chaos kill [--cycles 20] [--clients 12] [--with-postgres] [--control]
// --with-postgres also kills PostgreSQL in every second cycle. --control counts a submission as acknowledged before the
// answer came, so that some must be missing: it shows that this trial can see a loss. Its exit code is 0 when it saw one.
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Connection } from '../../bench/load/connection.mjs';
import { FORM_ID, instanceXml } from '../../bench/load/household.mjs';
import { CONTENT_TYPE, jpegOf, submissionBody } from '../../bench/load/multipart.mjs';
import { pause, withOwnServer } from '../../bench/load/server.mjs';

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '20' }, clients: { type: 'string', default: '12' },
    'with-postgres': { type: 'boolean', default: false }, control: { type: 'boolean', default: false },
  },
});
const cycles = Number(values.cycles);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** One submission of a phone, kept so that it can be sent again. */
const newSubmission = (n) => {
  const instanceId = `uuid:${randomUUID()}`;
  const photo = n % 10 === 0 ? { name: `photo-${n}.jpg`, type: 'image/jpeg', bytes: jpegOf(20_000) } : null;
  const xml = Buffer.from(instanceXml(n, { instanceId, photo: photo?.name ?? '', notes: `Note ${randomBytes(24).toString('hex')}` }));
  return { instanceId, body: submissionBody(xml, photo ? [photo] : []), xmlHash: sha256(xml), photo: photo ? { name: photo.name, hash: sha256(photo.bytes) } : null };
};

/** Phones that submit until told to end; what was answered 201 goes into a file of their own, at once. */
class Phones {
  #ended = false; #next = 0; #answered = 0; #file; #server; #path;
  acknowledged = new Map(); refused = {}; sent = 0; sentAgain = 0;

  constructor(server, submissionPath, file) {
    this.#server = server;
    this.#path = submissionPath;
    this.#file = fs.openSync(file, 'a');
  }

  run(clients) {
    return Promise.all(Array.from({ length: clients }, () => this.#phone()));
  }

  end() {
    this.#ended = true;
  }

  /** Waits until something was acknowledged from now on, so that every kill hits a server at work. */
  async isHeard() {
    const before = this.#answered;
    for (const since = performance.now(); this.#answered === before && performance.now() - since < 20_000;) {
      await pause(10);
    }
  }

  async #phone() {
    let connection = null;
    let unanswered = null;
    while (!this.#ended) {
      if (!this.#server.isUp) {
        await pause(20);
        continue;
      }
      // As a phone does: what was not answered is sent again, and must not become two.
      const submission = unanswered ?? newSubmission(this.#next++);
      this.sentAgain += unanswered ? 1 : 0;
      this.sent++;
      if (values.control) {
        this.#acknowledge(submission);
      }
      try {
        connection = connection?.isOpen ? connection : await new Connection(new URL(this.#server.base), this.#server.ca).open();
        const answer = await connection.send(this.#requestOf(submission.body));
        unanswered = null;
        if (answer.status === 201) {
          this.#answered++;
          this.#acknowledge(submission);
        } else {
          this.refused[answer.status] = (this.refused[answer.status] ?? 0) + 1;
          unanswered = answer.status >= 500 ? submission : null;
        }
      } catch {
        connection?.close();
        connection = null;
        unanswered = values.control ? null : submission;
        await pause(5);
      }
    }
    connection?.close();
  }

  #acknowledge({ instanceId, xmlHash, photo }) {
    if (!this.acknowledged.has(instanceId)) {
      this.acknowledged.set(instanceId, { xmlHash, photo });
      fs.writeSync(this.#file, `${JSON.stringify({ instanceId, xmlHash, photo })}\n`);
    }
  }

  #requestOf(body) {
    const head = `POST ${this.#path} HTTP/1.1\r\nHost: localhost\r\nX-OpenRosa-Version: 1.0\r\nContent-Type: ${CONTENT_TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`;
    return Buffer.concat([Buffer.from(head), body]);
  }
}

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
  const phones = new Phones(server, submissionPath, path.join(server.data, 'acknowledged.jsonl'));
  const running = phones.run(Number(values.clients));
  const starts = [];
  let postgresKills = 0;
  for (let cycle = 1; cycle <= cycles; cycle++) {
    server.isUp = true;
    await phones.isHeard();
    await pause(randomInt(1500));
    await server.kill();
    server.isUp = false;
    if (values['with-postgres'] && cycle % 2 === 0) {
      process.kill(server.postgresPid, 'SIGKILL');
      postgresKills++;
    }
    starts.push(Math.round(await server.start()));
    console.error(`cycle ${cycle} of ${cycles}: ${phones.acknowledged.size} acknowledged, started again in ${starts.at(-1)} ms`);
  }
  server.isUp = true;
  await pause(500);
  phones.end();
  await running;
  const found = await verify(server, project, phones.acknowledged);
  return {
    trial: values.control ? 'kill, control' : 'kill', cycles, postgresKills, clients: Number(values.clients), sent: phones.sent, sentAgain: phones.sentAgain,
    acknowledged: phones.acknowledged.size, withFile: [...phones.acknowledged.values()].filter(({ photo }) => photo).length, refused: phones.refused,
    stored: found.stored, lost: found.lost.length, changed: found.changed.length, twice: found.twice.length,
    examples: [...found.lost, ...found.changed, ...found.twice].slice(0, 5), longestStartMs: Math.max(...starts),
  };
});

const faults = report.lost + report.changed + report.twice;
const isGood = values.control ? report.lost > 0 : faults === 0 && report.acknowledged > 0;
console.log(JSON.stringify(report));
console.log(`${isGood ? 'passed' : 'FAILED'}: ${report.trial}: ${report.cycles} kills, ${report.acknowledged} acknowledged, ${report.lost} lost, `
  + `${report.changed} changed, ${report.twice} there twice${values.control ? ' (the control must lose some)' : ''}`);
process.exit(isGood ? 0 : 1);
