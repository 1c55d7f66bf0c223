// P7 and P13: the first page of submissions that two answers choose, at growing numbers of submissions.
import { parseArgs } from 'node:util';
import { fill, gathered } from '../load/fill.mjs';
import { latencyOf, milliseconds } from '../load/latency.mjs';
import { residentMiB } from '../load/processes.mjs';
import { conditions, printTable } from '../load/report.mjs';
import { withOwnServer } from '../load/server.mjs';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '10000,100000' }, rounds: { type: 'string', default: '5' } } });
const sizes = values.rows.split(',').map(Number);

const filters = {
  'two choices, many found': "dwelling/water eq 'well' and head/head_work eq 'trade'",
  'choice and number, none found': "visit/district eq 'nowhere' and head/head_age gt 50",
  'text and choice, the oldest found': "visit/household_code eq 'HH-000007' and dwelling/light ne 'nothing'",
  'part of a long text and a number, none found': "contains(notes,'elephant') and food_days ge 20",
  'date and place, many found': "visit/visit_date ge 2026-01-10 and within(visit/place,-1,31,1,33)",
  'repeat and choice, few found': "member/any(m: m/member_age gt 73 and m/relation eq 'parent') and dwelling/roof eq 'iron'",
};

await withOwnServer(async (server) => {
  await server.start();
  await server.setUp();
  const { project } = await server.prepareHousehold();
  const rows = `/api/projects/${project}/forms/household/rows?limit=250`;
  const table = [];
  let stored = 0;
  for (const size of sizes) {
    const filled = await fill(server, project, stored, size);
    stored = size;
    const made = await gathered(server, project);
    console.error(`${size} stored (${filled.rows} more in ${filled.seconds.toFixed(0)} s), gathered ${made.seconds.toFixed(0)} s after: ${made.segments} segments, `
      + `${(made.columnBytes / 1e6).toFixed(0)} MB beside ${(made.instanceBytes / 1e6).toFixed(0)} MB`);
    const before = residentMiB([server.pid]);
    let peak = before;
    const timer = setInterval(() => { peak = Math.max(peak, residentMiB([server.pid])); }, 25);
    for (const [name, filter] of Object.entries(filters)) {
      const page = await latencyOf(server, `${rows}&filter=${encodeURIComponent(filter)}`, Number(values.rounds));
      const counted = await latencyOf(server, `${rows}&count=true&filter=${encodeURIComponent(filter)}`, 2);
      table.push({
        id: 'P7', submissions: size, filter: name, 'first page ms': milliseconds(page.median), worst: milliseconds(page.worst),
        rows: page.answer.rows.length, 'with count ms': milliseconds(counted.median), found: counted.answer.total,
      });
    }
    clearInterval(timer);
    console.error(`memory of the server: ${before} MiB before, at most ${peak} MiB while filtering`);
  }
  printTable(table);
  conditions('submissions sealed and written by bench/load/fill.mjs in large groups; the server gathered them itself');
});
