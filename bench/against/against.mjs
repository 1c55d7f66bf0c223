// Receives household submissions on two servers, this build's and another's, in short turns: what else the machine does falls on both alike.
import { parseArgs } from 'node:util';
import { runLoad } from '../load/load.mjs';
import { withOwnServer } from '../load/server.mjs';
import { conditions, printTable } from '../load/report.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { turns: { type: 'string', default: '20' }, seconds: { type: 'string', default: '3' }, clients: { type: 'string', default: '32' } },
});
if (positionals.length !== 1) {
  console.error('name the other program: script/bench against …/src/Fieldkeep/bin/Release/net10.0/fieldkeep');
  process.exit(2);
}

const median = (numbers) => {
  const sorted = [...numbers].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

// Processor time for one submission, in milliseconds.
const costOf = (...names) => (result) =>
  (1000 * names.reduce((sum, name) => sum + result.processes[name].cores, 0) * result.seconds) / result.stored;
const cost = costOf('server', 'postgres');

const prepared = async (name, server) => {
  await server.start();
  await server.setUp();
  const { submissionPath } = await server.prepareHousehold();
  const load = { base: server.base, path: submissionPath, ca: server.ca, watched: { server: server.pid, postgres: server.postgresPid } };
  await runLoad({ ...load, clients: 8, seconds: 10 });
  return { name, load, results: [] };
};

const rowOf = ({ name, results }) => ({
  build: name,
  'per s': Math.round(median(results.map((result) => result.perSecond))),
  'p50 ms': median(results.map((result) => result.p50)).toFixed(1),
  'p99 ms': median(results.map((result) => result.p99)).toFixed(1),
  'server ms each': median(results.map(costOf('server'))).toFixed(3),
  'database ms each': median(results.map(costOf('postgres'))).toFixed(3),
  stored: results.reduce((sum, result) => sum + result.stored, 0),
});

await withOwnServer((ours) => withOwnServer(async (theirs) => {
  theirs.program = positionals[0];
  const sides = [await prepared('other', theirs), await prepared('this', ours)];
  for (let turn = 0; turn < Number(values.turns); turn++) {
    // Who went first goes second the next time.
    for (const side of turn % 2 ? sides : [...sides].reverse()) {
      side.results.push(await runLoad({ ...side.load, clients: Number(values.clients), seconds: Number(values.seconds), warmUpSeconds: 0.5 }));
    }
  }

  printTable(sides.map(rowOf));
  const [other, own] = sides;
  const ratios = (of) => own.results.map((result, turn) => of(result) / of(other.results[turn]));
  console.log(`\nthis / other, median of ${own.results.length} pairs: rate ${median(ratios((one) => one.perSecond)).toFixed(3)}, processor ${median(ratios(cost)).toFixed(3)}`);
  conditions();
}));
