// P10: process start to the first answered request, with PostgreSQL running already and without. P11: memory at rest.
import { parseArgs } from 'node:util';
import { residentMiB } from '../load/processes.mjs';
import { conditions, printTable } from '../load/report.mjs';
import { pause, withOwnServer } from '../load/server.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } });

await withOwnServer(async (server) => {
  await server.start();
  await server.setUp();
  const { phone, project } = await server.prepareHousehold();
  const rows = [];
  const measure = async (id, work, end) => {
    const times = [];
    let resting = 0;
    for (let round = 0; round < Number(values.rounds); round++) {
      await end();
      const began = performance.now();
      await server.start();
      await server.need(200, 'GET', `/v1/key/${phone.token}/projects/${project}/formList`, { headers: { 'X-OpenRosa-Version': '1.0' } });
      times.push(performance.now() - began);
      await pause(1500);
      resting = residentMiB([server.pid]);
    }
    times.sort((left, right) => left - right);
    rows.push({ id, work, rounds: times.length, 'fastest ms': Math.round(times[0]), 'median ms': Math.round(times[times.length >> 1]), 'slowest ms': Math.round(times.at(-1)), 'at rest MiB (P11)': resting });
  };
  await measure('P10', 'database running: start to first form list', () => server.kill());
  await measure('', 'database stopped: start to first form list', () => server.stop());
  printTable(rows);
  conditions('one form list of one form');
});
