#!/usr/bin/env node
// Fills a server with the household form and submissions through its public API: script/demo.
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { Api } from './api.mjs';
import { runLoad } from './load.mjs';
import { OwnServer } from './server.mjs';

const { values } = parseArgs({
  options: {
    base: { type: 'string' }, ca: { type: 'string' }, email: { type: 'string' }, 'password-file': { type: 'string' },
    data: { type: 'string' }, submissions: { type: 'string', default: '500' }, photos: { type: 'boolean', default: false },
  },
});

const fill = async (server, load) => {
  const { project, submissionPath } = await server.prepareHousehold('Household survey (demo)');
  const result = await runLoad({ base: server.base, path: submissionPath, clients: 8, most: Number(values.submissions), photoBytes: values.photos ? 60_000 : 0, ...load });
  if (result.stored !== Number(values.submissions)) {
    throw new Error(`only ${result.stored} of ${values.submissions} submissions were stored: ${result.firstRefusal}`);
  }
  console.log(`${server.base}: project ${project} has the form “Household survey” with ${result.stored} submissions`);
};

if (values.base) {
  if (!values.email || !values['password-file'] || !values.ca) {
    console.error('error: a running server needs --ca, --email and --password-file\nhint: --ca is the file tls/ca.pem in its data directory');
    process.exit(2);
  }
  const server = Api.at(values.base, fs.readFileSync(values.ca));
  await server.signIn(values.email, fs.readFileSync(values['password-file'], 'utf8').split('\n')[0].trim());
  await fill(server, { ca: fs.readFileSync(values.ca) });
  process.exit(0);
}

const server = new OwnServer(values.data);
const end = async () => {
  await (values.data ? server.stop() : server.remove());
  process.exit(0);
};
process.once('SIGINT', end);
process.once('SIGTERM', end);
try {
  await server.start();
  await server.setUp({ organisation: 'Demo organisation' });
  await fill(server, { ca: server.ca });
  console.log('sign in as admin@example.org with granite-kettle-ninety-orchard; Ctrl-C stops the server'
    + (values.data ? '' : ' and removes its data'));
} catch (problem) {
  console.error(`error: ${problem.message}`);
  await (values.data ? server.stop() : server.remove());
  process.exit(1);
}
