// P5 and P11: how fast submissions go out as CSV with their repeat, and how much memory the server takes for it.
import https from 'node:https';
import { parseArgs } from 'node:util';
import { runLoad } from '../load/load.mjs';
import { residentMiB } from '../load/processes.mjs';
import { conditions, printTable } from '../load/report.mjs';
import { pause, withOwnServer } from '../load/server.mjs';
import { linesOfZip } from './zip.mjs';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '20000' }, rounds: { type: 'string', default: '3' } } });
const rows = Number(values.rows);

const download = (server, address) => new Promise((resolve, reject) => {
  https.get(new URL(address, server.base), { ca: server.ca, headers: { Authorization: `Bearer ${server.token}` } }, (response) => {
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () => resolve({ status: response.statusCode, bytes: Buffer.concat(chunks) }));
  }).on('error', reject);
});

await withOwnServer(async (server) => {
  await server.start();
  await server.setUp();
  const { project, submissionPath } = await server.prepareHousehold();
  console.error(`storing ${rows} submissions`);
  const filled = await runLoad({ base: server.base, path: submissionPath, ca: server.ca, clients: 32, most: rows });
  const stored = (await server.need(200, 'GET', `/v1/projects/${project}/forms/household`, { headers: { 'X-Extended-Metadata': 'true' } })).json.submissions ?? filled.stored;
  await pause(3000);
  const idle = residentMiB([server.pid]);
  const table = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    const before = residentMiB([server.pid]);
    let peak = before;
    const timer = setInterval(() => { peak = Math.max(peak, residentMiB([server.pid])); }, 25);
    const began = performance.now();
    const { status, bytes } = await download(server, `/v1/projects/${project}/forms/household/submissions.csv.zip?attachments=false`);
    const seconds = (performance.now() - began) / 1000;
    clearInterval(timer);
    if (status !== 200) {
      throw new Error(`the export answered ${status}: ${bytes.toString().slice(0, 300)}`);
    }
    const lines = linesOfZip(bytes);
    const root = Object.entries(lines).find(([name]) => name === 'household.csv')?.[1] ?? 0;
    if (root - 1 !== filled.stored) {
      throw new Error(`household.csv has ${root - 1} rows, not ${filled.stored}`);
    }
    table.push({
      id: 'P5', round, submissions: root - 1, 'repeat rows': Object.values(lines).reduce((sum, count) => sum + count - 1, 0) - root + 1,
      seconds: seconds.toFixed(2), 'submissions/s': Math.round((root - 1) / seconds), 'ZIP MB': (bytes.length / 1e6).toFixed(1),
      'before MiB': before, 'peak MiB': peak, 'growth MiB': Math.round((peak - before) * 10) / 10,
    });
  }
  printTable(table);
  conditions(`${stored} submissions stored at ${filled.perSecond}/s; server at rest after that (P11) ${idle} MiB`);
});
