// P1 (32 clients), P2 (one client), with --photo also P4: receives household submissions on a server of its own.
import { parseArgs } from 'node:util';
import { residentMiB } from '../load/processes.mjs';
import { runLoad } from '../load/load.mjs';
import { withOwnServer } from '../load/server.mjs';
import { conditions, printTable } from '../load/report.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' }, rounds: { type: 'string', default: '2' }, photo: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});

await withOwnServer(async (server) => {
  await server.start();
  await server.setUp();
  const { submissionPath } = await server.prepareHousehold();
  const idle = residentMiB([server.pid]);
  const common = { base: server.base, path: submissionPath, ca: server.ca, seconds: Number(values.seconds), watched: { server: server.pid, postgres: server.postgresPid } };
  await runLoad({ ...common, clients: 8, seconds: 3 });
  const rows = [];
  const measure = async (id, work, options) => {
    const result = await runLoad({ ...common, ...options });
    if (values.json) {
      console.error(JSON.stringify({ id, ...result }));
    }
    rows.push({
      id, work, 'per s': result.perSecond, 'p50 ms': result.p50, 'p90 ms': result.p90, 'p99 ms': result.p99, stored: result.stored,
      refused: Object.entries(result.statuses).filter(([status]) => status !== '201').map(([status, count]) => `${status}×${count}`).join(' ') || '0',
      'server cores': result.processes.server.cores, 'postgres cores': result.processes.postgres.cores, 'load cores': result.processes.load.cores,
      'machine cores': result.machineCores, 'server MiB': result.processes.server.peakMiB,
    });
    return result;
  };
  let payload = 0;
  for (let round = 1; round <= Number(values.rounds); round++) {
    payload = (await measure('P1', `32 clients, round ${round}`, { clients: 32 })).instanceBytes;
    await measure('P2', `1 client, round ${round}`, { clients: 1 });
  }
  if (Number(values.photo) > 0) {
    await measure('P4', `32 clients, photo of ${values.photo} bytes`, { clients: 32, photoBytes: Number(values.photo) });
  }
  printTable(rows);
  conditions(`instances of ${payload} bytes on average; server before the load ${idle} MiB`);
});
