// Replaces a project's data key while phones send, kills the server on the way if asked to, and waits until all is sealed anew.
import { parseArgs } from 'node:util';
import { fill } from '../load/fill.mjs';
import { runLoad } from '../load/load.mjs';
import { conditions, printTable } from '../load/report.mjs';
import { pause, withOwnServer } from '../load/server.mjs';
import { sendSteadily } from './steady.mjs';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '100000' }, seconds: { type: 'string', default: '10' }, kills: { type: 'string', default: '0' } },
});
const LOOK_MS = 1_000;
const kills = Number(values.kills);

await withOwnServer(async (server) => {
  await server.start();
  await server.setUp();
  const { project, submissionPath } = await server.prepareHousehold();
  if (Number(values.rows) > 0) {
    await fill(server, project, 0, Number(values.rows));
  }
  const measure = () => runLoad({
    base: server.base, path: submissionPath, ca: server.ca, seconds: Number(values.seconds), clients: 32,
    watched: { server: server.pid, postgres: server.postgresPid },
  });
  const rotation = async () => (await server.need(200, 'GET', `/api/projects/${project}/keys`)).json.rotation;
  const warm = await measure();
  const before = await measure();
  const began = performance.now();
  await server.need(200, 'POST', `/api/projects/${project}/keys/rotation`, {});
  while ((await rotation()).resealed === 0) {
    await pause(LOOK_MS / 4); // A new key is used everywhere before anything is sealed anew.
  }
  const first = (await rotation()).resealed;
  const during = await measure();
  const meanwhile = (await rotation()).resealed - first;

  // From here to the end a few phones send, and send again what got no answer, as Collect does.
  const phones = sendSteadily(server, submissionPath);
  let killedAtWork = 0;
  let wentBack = 0;
  for (let kill = 0; kill < kills; kill++) {
    // Each time a little later, so that it dies at other places; what was done until then must still be there.
    await pause(500 + (kill * 300));
    const was = await rotation();
    killedAtWork += was.finishedAt === null ? 1 : 0;
    await server.kill();
    await server.start();
    wentBack += (await rotation()).resealed < was.resealed ? 1 : 0;
  }
  let state = await rotation();
  while (!state.finishedAt) {
    await pause(LOOK_MS);
    state = await rotation();
  }
  const seconds = (performance.now() - began) / 1000;
  const steady = await phones.stop();
  printTable([before, during].map((load, at) => ({
    work: at === 0 ? '32 clients' : '32 clients while sealing anew', 'per s': load.perSecond, 'p50 ms': load.p50, 'p99 ms': load.p99,
    refused: Object.entries(load.statuses).filter(([status]) => status !== '201').map(([status, count]) => `${status}×${count}`).join(' ') || '0',
  })));
  const accepted = Number(values.rows) + steady.accepted + [warm, before, during].reduce((sum, load) => sum + (load.statuses['201'] ?? 0), 0);
  const counted = await server.need(200, 'GET', `/v1/projects/${project}/forms/household.svc/Submissions?$top=0&$count=true`);
  const there = counted.json['@odata.count'];
  conditions(`p99 × ${(during.p99 / before.p99).toFixed(2)} while sealing anew; ${there} submissions there of ${accepted} accepted${there === accepted ? '' : ' — NOT EQUAL'}`);
  conditions(`${killedAtWork} of ${kills} kills while it sealed anew; ${wentBack} times it knew less afterwards; ${steady.accepted} sent meanwhile and after, ${steady.again} of them more than once`);
  conditions(`${state.resealed} values sealed anew, ${meanwhile} of them while 32 clients sent; ${Math.round(seconds)} s from the new key to the last look, ${kills} kills`);
});
