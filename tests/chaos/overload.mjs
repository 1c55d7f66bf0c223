#!/usr/bin/env node
// R10: how much the server takes from as many phones as it can bear, and from ten times as many, while nearly a third of the submissions are cut off in the middle,
// it may use 512 MB of memory, and somebody sends 10 GB. From ten times as many it must take 90 % of what it takes, run out of nothing, refuse the 10 GB early,
// and have every acknowledged submission once. With --alone, on a machine that nobody else uses, 99 of 100 must be answered within a second, too.
//   script/chaos overload [--seconds 6] [--clients 8] [--rounds 2] [--memory-mb 512] [--alone] [--control]
// --control believes in answers before they come: its exit code is 0 when losses were seen. Needs root, to limit memory in a control group; without it it was not
// run, says so, and its exit code is 77. Phones and server share the machine, and each cut costs both a handshake: so the capacity is measured with cuts, and
// told without as well; each in turn, in rounds.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { parseArgs } from 'node:util';
import { Connection } from '../../bench/load/connection.mjs';
import { CONTENT_TYPE } from '../../bench/load/multipart.mjs';
import { pause, withOwnServer } from '../../bench/load/server.mjs';
import { MemoryGroup, whyNoGroup } from './support/memory.mjs';
import { countsOf, findLosses, Phones } from './support/phones.mjs';
import { conclude, drained, notRun } from './support/trial.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '6' }, clients: { type: 'string', default: '8' }, rounds: { type: 'string', default: '2' },
    'memory-mb': { type: 'string', default: '512' }, alone: { type: 'boolean', default: false }, control: { type: 'boolean', default: false },
  },
});
const [seconds, clients, rounds, memoryMb] = [values.seconds, values.clients, values.rounds, values['memory-mb']].map(Number);
const BUSY_WITH_CUTS = [2, 4];
const TIMES = 10 * BUSY_WITH_CUTS.at(-1);
const LONGEST_ANSWER_MS = 1000;
const RESET_SHARE = 0.3;
const UPLOAD_BYTES = 10e9;
const MIB = 1 << 20;
const quantile = (sorted, part) => (sorted.length === 0 ? null : Math.round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]));

/** Phones of which some are cut off: the connection is reset when half of a submission is under way; it is sent again, on a new one. */
class CutPhones extends Phones {
  cut = 0;

  async connect(server) {
    const connection = await new Connection(new URL(server.base), server.ca).open();
    const send = connection.send.bind(connection);
    connection.send = (request) => {
      if (Math.random() >= RESET_SHARE) {
        return send(request);
      }
      this.cut++;
      send(request.subarray(0, Math.floor(request.length / 2))).catch(() => {});
      return pause(2).then(() => {
        connection.reset();
        throw new Error('cut off');
      });
    };
    return connection;
  }
}

/** So many phones for so long; what they were told, per second, and how long that took. */
const load = async (server, submissionPath, kind, count, everything) => {
  const phones = new kind(server, submissionPath, { isBlind: values.control, photoEvery: 50 });
  const running = phones.run(count);
  await phones.isHeard();
  await pause(500);
  const [before, since] = [phones.answered, performance.now()];
  phones.milliseconds = [];
  await pause(seconds * 1000);
  const perSecond = (phones.answered - before) / ((performance.now() - since) / 1000);
  phones.end();
  await running;
  everything.push(phones);
  return { perSecond, p99: quantile(phones.milliseconds.sort((one, other) => one - other), 0.99) };
};

/** Sends a submission that says it has 10 GB, or does not say how much; gives what was sent before the answer, and the answer. */
const sendHuge = (server, submissionPath, isTold) => new Promise((resolve) => {
  const url = new URL(server.base);
  const socket = tls.connect({ host: url.hostname, port: Number(url.port), ca: server.ca, servername: url.hostname });
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const framed = isTold ? chunk : Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]);
  const since = performance.now();
  let sent = 0;
  let head = '';
  const end = () => {
    socket.destroy();
    resolve({ isTold, status: Number(head.slice(9, 12)) || null, sentMiB: Math.round(sent / MIB), milliseconds: Math.round(performance.now() - since) });
  };
  const more = () => {
    while (head === '' && !socket.destroyed && sent < UPLOAD_BYTES) {
      sent += chunk.length;
      if (!socket.write(framed)) {
        socket.once('drain', more);
        return;
      }
    }
  };
  socket.on('data', (bytes) => { head += bytes.toString('latin1'); end(); });
  socket.on('error', end);
  socket.on('close', end);
  socket.on('secureConnect', () => {
    const boundary = /boundary=(.*)$/.exec(CONTENT_TYPE)[1];
    const length = isTold ? `Content-Length: ${UPLOAD_BYTES}` : 'Transfer-Encoding: chunked';
    const first = `--${boundary}\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="instance.xml"\r\nContent-Type: text/xml\r\n\r\n`;
    socket.write(`POST ${submissionPath} HTTP/1.1\r\nHost: localhost\r\nX-OpenRosa-Version: 1.0\r\nContent-Type: ${CONTENT_TYPE}\r\n${length}\r\n\r\n`
      + (isTold ? first : `${first.length.toString(16)}\r\n${first}\r\n`));
    more();
  });
});

const trial = async (server, group) => {
  await server.start();
  await server.setUp();
  const { project, submissionPath } = await server.prepareHousehold();
  server.isUp = true;
  const everything = [];
  await load(server, submissionPath, Phones, clients, everything);
  const [calm, cut, hard, huge] = [[], [], [], []];
  for (let round = 0; round < rounds; round++) {
    calm.push(await load(server, submissionPath, Phones, clients, everything));
    // Whoever is cut off waits and begins anew: it takes more phones to keep a server busy, and the best is what it can take.
    const levels = [];
    for (const times of BUSY_WITH_CUTS) {
      levels.push(await load(server, submissionPath, CutPhones, clients * times, everything));
    }
    cut.push(levels.sort((one, other) => other.perSecond - one.perSecond)[0]);
    hard.push(await load(server, submissionPath, CutPhones, clients * TIMES, everything));
    // Whoever makes 10 GB takes the machine from the phones: beside them, but not measured.
    const sending = Promise.all([sendHuge(server, submissionPath, true), sendHuge(server, submissionPath, false)]);
    await load(server, submissionPath, CutPhones, clients * TIMES, everything);
    huge.push(...await sending);
    console.error(JSON.stringify({ calm: calm.at(-1), cut: cut.at(-1), hard: hard.at(-1), huge: huge.slice(-2), memory: group.told() }));
  }
  const phones = new Phones(server, submissionPath);
  for (const one of everything) {
    one.acknowledged.forEach((value, key) => phones.acknowledged.set(key, value));
    ['sent', 'sentAgain', 'broken', 'unclear'].forEach((count) => { phones[count] += one[count]; });
    Object.entries(one.refused).forEach(([status, count]) => { phones.refused[status] = (phones.refused[status] ?? 0) + count; });
  }
  const waited = await drained(server);
  const found = await findLosses(server, project, phones.acknowledged);
  const mean = (list) => list.reduce((sum, { perSecond }) => sum + perSecond, 0) / list.length;
  return {
    trial: values.control ? 'overload, control' : 'overload', ...countsOf(phones, found), ...waited, cutOff: everything.reduce((sum, one) => sum + (one.cut ?? 0), 0),
    clients, overloadedBy: clients * TIMES, withoutCutsPerSecond: Math.round(mean(calm)), capacityPerSecond: Math.round(mean(cut)), goodputPerSecond: Math.round(mean(hard)),
    goodput: Math.round(100 * mean(hard) / mean(cut)) / 100,
    p99Ms: Object.fromEntries(Object.entries({ calm, cut, hard }).map(([name, all]) => [name, all.map(({ p99 }) => p99)])), huge, memory: group.told(),
  };
};

const why = whyNoGroup();
if (why !== null) {
  notRun('overload', why);
}
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-overload-'));
const group = new MemoryGroup(memoryMb * MIB);
try {
  const report = await withOwnServer((server) => {
    server.program = group.starterOf(server.program, folder);
    return trial(server, group);
  });
  const isRefusedEarly = report.huge.every(({ isTold, status, sentMiB }) => (status === 413 || (status === null && !isTold)) && sentMiB < (isTold ? 16 : 160));
  const isWhole = report.lost + report.changed + report.twice === 0 && report.acknowledged > 0;
  const isGood = values.control ? report.lost > 0 : isWhole && report.goodput >= 0.9 && (!values.alone || report.p99Ms.hard.every((p99) => p99 <= LONGEST_ANSWER_MS)) && report.memory.killed === 0 && isRefusedEarly;
  conclude(isGood, report, `${report.goodputPerSecond} of ${report.capacityPerSecond} per second (${Math.round(report.goodput * 100)} %) from ${report.overloadedBy} phones, `
    + `${report.cutOff} cut off; ${report.acknowledged} acknowledged, ${report.lost} lost, ${report.changed} changed, ${report.twice} there twice; `
    + `${report.memory.killed} killed for memory; 10 GB ${isRefusedEarly ? 'refused early' : 'NOT refused early'}${values.control ? ' (the control must lose some)' : ''}`);
} finally {
  group.remove();
  fs.rmSync(folder, { recursive: true, force: true });
}
