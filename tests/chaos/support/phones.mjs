// Phones that submit, and the reading back of what was acknowledged to them.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { Connection } from '../../../bench/load/connection.mjs';
import { FORM_ID, instanceXml } from '../../../bench/load/household.mjs';
import { CONTENT_TYPE, jpegOf, submissionBody } from '../../../bench/load/multipart.mjs';
import { pause } from '../../../bench/load/server.mjs';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** One submission of a phone, kept so that it can be sent again. */
const newSubmission = (n) => {
  const instanceId = `uuid:${randomUUID()}`;
  const photo = n % 10 === 0 ? { name: `photo-${n}.jpg`, type: 'image/jpeg', bytes: jpegOf(20_000) } : null;
  const xml = Buffer.from(instanceXml(n, { instanceId, photo: photo?.name ?? '', notes: `Note ${randomBytes(24).toString('hex')}` }));
  return { instanceId, body: submissionBody(xml, photo ? [photo] : []), xmlHash: sha256(xml), photo: photo ? { name: photo.name, hash: sha256(photo.bytes) } : null };
};

/** Phones that submit until told to end; what was answered 201 goes into a file of their own, at once. */
export class Phones {
  #ended = false; #next = 0; #answered = 0; #file; #server; #path; #countsTooEarly;
  acknowledged = new Map(); refused = {}; sent = 0; sentAgain = 0;

  /** With countsTooEarly a submission counts as acknowledged before the answer came: a control. */
  constructor(server, submissionPath, file, { countsTooEarly = false } = {}) {
    this.#server = server;
    this.#countsTooEarly = countsTooEarly;
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
      if (this.#countsTooEarly) {
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
        unanswered = this.#countsTooEarly ? null : submission;
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
export const verify = async (server, project, acknowledged) => {
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
