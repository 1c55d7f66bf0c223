// P8 and P13: pages of the table and of its repeat, the first and a deep one, at growing numbers of submissions.
import { parseArgs } from 'node:util';
import { fill, gathered } from '../load/fill.mjs';
import { latencyOf, milliseconds } from '../load/latency.mjs';
import { conditions, printTable } from '../load/report.mjs';
import { withOwnServer } from '../load/server.mjs';

const { values } = parseArgs({ options: { rows: { type: 'string', default: '10000,130000' }, rounds: { type: 'string', default: '9' } } });

/** The cursor of the page that begins `share` of the way down. */
const deepCursor = async (server, address, steps) => {
  let next = '';
  for (let step = 0; step < steps; step++) {
    next = (await server.need(200, 'GET', `${address}?limit=10000${next && `&after=${next}`}`)).json.next ?? next;
  }
  return next;
};

await withOwnServer(async (server) => {
  await server.start();
  await server.setUp();
  const { project } = await server.prepareHousehold();
  const form = `/api/projects/${project}/forms/household`;
  const table = [];
  let stored = 0;
  for (const size of values.rows.split(',').map(Number)) {
    await fill(server, project, stored, size);
    stored = size;
    await gathered(server, project);
    const deep = await deepCursor(server, `${form}/rows`, Math.min(9, Math.floor(size / 11_000)));
    const pages = {
      'table, first': `${form}/rows?limit=250`,
      'table, deep': `${form}/rows?limit=250${deep && `&after=${deep}`}`,
      'repeat, first': `${form}/repeats/member/rows?limit=250`,
      'repeat, first, counted': `${form}/repeats/member/rows?limit=250&count=true`,
      'repeat, half of all skipped': `${form}/repeats/member/rows?limit=250&skip=${Math.floor(size * 2)}`,
    };
    for (const [name, address] of Object.entries(pages)) {
      const page = await latencyOf(server, address, Number(values.rounds));
      table.push({
        id: 'P8', submissions: size, page: name, ms: milliseconds(page.median), best: milliseconds(page.best), worst: milliseconds(page.worst),
        rows: page.answer.rows.length, total: page.answer.total ?? '',
      });
    }
  }
  printTable(table);
  conditions('one client; submissions sealed and written by bench/load/fill.mjs in large groups; the server gathered them itself');
});
