// Sends household submissions from several clients at once and measures the answers.
import { randomUUID } from 'node:crypto';
import { Connection } from './connection.mjs';
import { instanceIdOf, instanceXml } from './household.mjs';
import { CONTENT_TYPE, jpegOf, submissionBody } from './multipart.mjs';
import { machineCpuSeconds, watch } from './processes.mjs';

const round = (value) => Math.round(value * 100) / 100;

const quantile = (sorted, part) =>
  sorted.length === 0 ? null : round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]);

// The load must not cost more than the server: requests are built once and get a new instance id each time.
const BUILT = 256;
const ID_SLOT = 'uuid:00000000-0000-4000-8000-000000000000';

const buildRequest = (options, n) => {
  const photo = options.photoBytes > 0 ? `photo-${n}.jpg` : '';
  const xml = instanceXml(n, { instanceId: ID_SLOT, photo });
  const body = submissionBody(xml, photo ? [{ name: photo, type: 'image/jpeg', bytes: jpegOf(options.photoBytes) }] : []);
  const head = `POST ${options.path} HTTP/1.1\r\nHost: ${options.url.host}\r\nX-OpenRosa-Version: 1.0\r\nUser-Agent: fieldkeep-load\r\n`
    + options.headers.map((line) => `${line}\r\n`).join('')
    + `Content-Type: ${CONTENT_TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const bytes = Buffer.concat([Buffer.from(head), body]);
  return { bytes, idAt: bytes.indexOf(ID_SLOT), photoAt: photo ? bytes.length - options.photoBytes : -1, xmlBytes: Buffer.byteLength(xml) };
};

// A copy each time: what was handed to the socket may still wait there.
const requestOf = (options, built, n) => {
  const template = built[n % built.length];
  const bytes = Buffer.from(template.bytes);
  bytes.write(instanceIdOf(options.run, n), template.idAt, 'latin1');
  if (template.photoAt >= 0) {
    bytes.writeDoubleLE(n, template.photoAt);
  }
  return { bytes, xmlBytes: template.xmlBytes };
};

const sendFor = async (options, built, seconds, state, onAnswer) => {
  const end = performance.now() + seconds * 1000;
  await Promise.all(Array.from({ length: options.clients }, async () => {
    let connection = await new Connection(options.url, options.ca).open();
    while (performance.now() < end && state.sent < options.most) {
      const request = requestOf(options, built, state.next++);
      state.sent++;
      try {
        if (!connection.isOpen) {
          connection = await new Connection(options.url, options.ca).open();
        }
        onAnswer(await connection.send(request.bytes), request);
      } catch (problem) {
        onAnswer({ status: problem.code ?? problem.message, milliseconds: null, body: Buffer.alloc(0) }, request);
      }
    }
    connection.close();
  }));
};

/**
 * Runs a load and gives its figures.
 * @param {{base: string, path: string, clients: number, seconds?: number, most?: number, warmUpSeconds?: number,
 *   photoBytes?: number, headers?: string[], ca?: Buffer, run?: string, first?: number, watched?: Record<string, number>}} given
 */
export const runLoad = async (given) => {
  const options = {
    seconds: 10, warmUpSeconds: 0, photoBytes: 0, headers: [], first: 0, watched: {}, run: randomUUID(),
    ...given, most: Infinity, url: new URL(given.base),
  };
  const state = { next: options.first, sent: 0 };
  const built = Array.from({ length: options.photoBytes > 0 ? 32 : BUILT }, (_, n) => buildRequest(options, n));
  await sendFor(options, built, options.warmUpSeconds, state, () => {});
  const warmedUp = state.sent;
  options.most = (given.most ?? Infinity) + warmedUp;
  const times = [];
  const statuses = {};
  let refusal = null;
  let xmlBytes = 0;
  const watched = watch({ ...options.watched, load: process.pid });
  const machine = machineCpuSeconds();
  const began = performance.now();
  await sendFor(options, built, given.most === undefined ? options.seconds : Infinity, state, (answer, request) => {
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    if (answer.status === 201) {
      times.push(answer.milliseconds);
      xmlBytes += request.xmlBytes;
    } else {
      refusal ??= `${answer.status} ${answer.body.toString().slice(0, 300)}`;
    }
  });
  const seconds = (performance.now() - began) / 1000;
  times.sort((left, right) => left - right);
  return {
    clients: options.clients, stored: times.length, warmedUp, seconds: round(seconds), perSecond: round(times.length / seconds),
    p50: quantile(times, 0.5), p90: quantile(times, 0.9), p99: quantile(times, 0.99), longest: quantile(times, 1),
    instanceBytes: Math.round(xmlBytes / Math.max(1, times.length)), photoBytes: options.photoBytes, statuses,
    ...(refusal ? { firstRefusal: refusal } : {}),
    processes: watched.stop(), machineCores: round((machineCpuSeconds() - machine) / seconds), run: options.run, next: state.next,
  };
};
