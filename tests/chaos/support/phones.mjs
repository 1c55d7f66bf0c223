// Phones that submit to a server which is being hurt, and what they were told; afterwards, whether all of that is true.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { Connection } from '../../../bench/load/connection.mjs';
import { FORM_ID, instanceXml } from '../../../bench/load/household.mjs';
import { CONTENT_TYPE, jpegOf, submissionBody } from '../../../bench/load/multipart.mjs';
import { pause } from '../../../bench/load/server.mjs';

const PHOTO_BYTES = 20_000;

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** One submission of a phone, kept so that it can be sent again; with a photo when `photoBytes` is above 0. */
export const newSubmission = (n, photoBytes) => {
  const instanceId = `uuid:${randomUUID()}`;
  const photo = photoBytes > 0 ? { name: `photo-${n}.jpg`, type: 'image/jpeg', bytes: jpegOf(photoBytes) } : null;
  const xml = Buffer.from(instanceXml(n, { instanceId, photo: photo?.name ?? '', notes: `Note ${randomBytes(24).toString('hex')}` }));
  return { instanceId, body: submissionBody(xml, photo ? [photo] : []), xmlHash: sha256(xml), photo: photo ? { name: photo.name, hash: sha256(photo.bytes) } : null };
};

/** The bytes of a request that submits. */
export const requestOf = (submissionPath, body) => Buffer.concat([Buffer.from(
  `POST ${submissionPath} HTTP/1.1\r\nHost: localhost\r\nX-OpenRosa-Version: 1.0\r\nContent-Type: ${CONTENT_TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`), body]);

/**
 * Phones that submit until told to end, and send again what was not answered. What was answered 201 stands in `acknowledged`, and in a file at once when one is
 * named, and `heard` is called. They rest while `server.isUp` is false. A blind one, for controls, believes that everything has arrived before the answer came.
 */
export class Phones {
  #ended = false; #next = 0; #file; #server; #path; #isBlind; #photoEvery; #photoBytes; #restMs; #heard;
  acknowledged = new Map(); refused = {}; sent = 0; sentAgain = 0; answered = 0; milliseconds = []; unclear = 0; broken = 0;

  constructor(server, submissionPath, { isBlind = false, file, photoEvery = 10, photoBytes = PHOTO_BYTES, restMs = 0, heard = () => {} } = {}) {
    [this.#server, this.#path, this.#isBlind, this.#photoEvery, this.#photoBytes, this.#restMs] = [server, submissionPath, isBlind, photoEvery, photoBytes, restMs];
    this.#heard = heard;
    this.#file = file ? fs.openSync(file, 'a') : null;
  }

  run(clients) {
    return Promise.all(Array.from({ length: clients }, () => this.#phone()));
  }

  end() {
    this.#ended = true;
  }

  /** Waits until something was acknowledged from now on, at most so long; gives whether it was. */
  async isHeard(mostMs = 20_000) {
    const before = this.answered;
    for (const since = performance.now(); this.answered === before && performance.now() - since < mostMs;) {
      await pause(10);
    }
    return this.answered > before;
  }

  /** A new connection to the server. */
  connect(server) {
    return new Connection(new URL(server.base), server.ca).open();
  }

  async #phone() {
    let connection = null;
    let unanswered = null;
    while (!this.#ended) {
      if (this.#server.isUp === false) {
        await pause(20);
        continue;
      }
      // As a phone does: what was not answered is sent again, and must not become two.
      const n = this.#next;
      this.#next += unanswered ? 0 : 1;
      const submission = unanswered ?? newSubmission(n, n % this.#photoEvery === 0 ? this.#photoBytes : 0);
      this.sentAgain += unanswered ? 1 : 0;
      this.sent++;
      if (this.#isBlind) {
        this.#acknowledge(submission);
      }
      try {
        connection = connection?.isOpen ? connection : await this.connect(this.#server);
        unanswered = this.#take(await connection.send(requestOf(this.#path, submission.body)), submission);
      } catch {
        this.broken++;
        connection?.close();
        connection = null;
        unanswered = submission;
      }
      if (this.#isBlind) {
        unanswered = null;
      } else if (unanswered !== null) {
        await pause(20);
      }
      await (this.#restMs > 0 ? pause(this.#restMs) : undefined);
    }
    connection?.close();
  }

  // What is to be sent again; null when it was acknowledged, or refused for good.
  #take(answer, submission) {
    if (answer.status === 201) {
      this.answered++;
      this.#heard();
      this.milliseconds.push(answer.milliseconds);
      this.#acknowledge(submission);
      return null;
    }
    this.refused[answer.status] = (this.refused[answer.status] ?? 0) + 1;
    // A phone is told to come again, and when; anything else is no clear answer to somebody whose submission is fine.
    this.unclear += [503, 507].includes(answer.status) && /\r\nretry-after: *\d+/i.test(answer.head) ? 0 : 1;
    return answer.status >= 500 ? submission : null;
  }

  #acknowledge({ instanceId, xmlHash, photo }) {
    if (!this.acknowledged.has(instanceId)) {
      this.acknowledged.set(instanceId, { xmlHash, photo });
      if (this.#file !== null) {
        fs.writeSync(this.#file, `${JSON.stringify({ instanceId, xmlHash, photo })}\n`);
      }
    }
  }
}

/** Reads everything back through the API and names what is lost, changed or there twice. */
export const findLosses = async (server, project, acknowledged) => {
  // What was open since before may have been hung up meanwhile.
  server.trust(server.ca);
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

/** The numbers of a report: what the phones saw, and what was found afterwards. */
export const countsOf = (phones, found) => ({
  sent: phones.sent, sentAgain: phones.sentAgain, broken: phones.broken, acknowledged: phones.acknowledged.size,
  withFile: [...phones.acknowledged.values()].filter(({ photo }) => photo).length, refused: phones.refused, unclear: phones.unclear,
  stored: found.stored, lost: found.lost.length, changed: found.changed.length, twice: found.twice.length,
  examples: [...found.lost, ...found.changed, ...found.twice].slice(0, 5),
});
