#!/usr/bin/env node
// R1: kills the server at random moments while phones submit, starts it again on the same directory, and at the end asks
// for every acknowledged submission and file: each must be there exactly once, byte for byte. Exit 1 when one is not.
//   script/chaos kill [--cycles 20] [--clients 12] [--with-postgres] [--control]
// --with-postgres also kills PostgreSQL in every second cycle. --control counts a submission as acknowledged before the
// answer came, so that some must be missing: it shows that this trial can see a loss. Its exit code is 0 when it saw one.
import { randomInt } from 'node:crypto';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pause, withOwnServer } from '../../bench/load/server.mjs';
import { Phones, verify } from './support/phones.mjs';

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '20' }, clients: { type: 'string', default: '12' },
    'with-postgres': { type: 'boolean', default: false }, control: { type: 'boolean', default: false },
  },
});
const cycles = Number(values.cycles);
const report = await withOwnServer(async (server) => {
  await server.start();
  await server.setUp();
  const { project, submissionPath } = await server.prepareHousehold();
  const phones = new Phones(server, submissionPath, path.join(server.data, 'acknowledged.jsonl'), { countsTooEarly: values.control });
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
