#!/usr/bin/env node
// Sends household submissions to any OpenRosa server and prints one line of JSON.
//   submit.mjs --base https://localhost:8443 --path /v1/key/TOKEN/projects/1/submission [--clients 32] [--seconds 10 | --most N]
//     [--warm-up 2] [--photo 102400] [--header 'Authorization: …'] [--ca FILE] [--watch server=PID] [--first N]
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { runLoad } from './load.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string' }, path: { type: 'string' }, clients: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '10' }, most: { type: 'string' }, 'warm-up': { type: 'string', default: '0' },
    photo: { type: 'string', default: '0' }, header: { type: 'string', multiple: true, default: [] }, ca: { type: 'string' },
    watch: { type: 'string', multiple: true, default: [] }, first: { type: 'string', default: '0' },
  },
});
if (!values.base || !values.path) {
  console.error('error: --base and --path are needed\nhint: the first lines of submit.mjs show an example');
  process.exit(2);
}

const result = await runLoad({
  base: values.base, path: values.path, clients: Number(values.clients), seconds: Number(values.seconds),
  ...(values.most ? { most: Number(values.most) } : {}), warmUpSeconds: Number(values['warm-up']), photoBytes: Number(values.photo),
  headers: values.header, first: Number(values.first), ...(values.ca ? { ca: fs.readFileSync(values.ca) } : {}),
  watched: Object.fromEntries(values.watch.map((pair) => pair.split('=')).map(([name, pid]) => [name, Number(pid)])),
});
console.log(JSON.stringify(result));
process.exit(Object.keys(result.statuses).every((status) => status === '201') ? 0 : 1);
