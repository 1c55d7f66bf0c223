#!/usr/bin/env node
// X7: plants marked answers, notes, file names, conditions, passwords, codes, tokens and keys in a server, then searches every byte
// it keeps, running and stopped: database files, WAL, a dump of every table, blobs, keyring, logs, and a backup. Nothing may be
// found, except the names that are meant to be clear; those must be found, or the search would prove nothing.
//   script/chaos clear-text
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { withOwnServer } from '../../bench/load/server.mjs';
import { clear, mark, plant, secret } from './support/plant.mjs';
import { filesBelow, search } from './support/search.mjs';

// What the server is told by its settings, in files outside its data.
const told = { smtpPassword: mark(), providerSecret: mark() };

// What is compressed inside the database's files is seen here.
const dump = (server) => {
  const isRoot = process.getuid() === 0;
  const asOwner = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  return execFileSync('/usr/bin/env', [...asOwner, 'pg_dump', '-h', path.join(server.data, 'run'), '-U', 'fieldkeep', '-d', 'fieldkeep', '--inserts'], { maxBuffer: 2 ** 30 });
};

const base32 = (text) => Buffer.from([...text].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  .match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));

// Letters of the second half go to a server that is not there, and wait, sealed, with their secrets.
const settings = (outside) => {
  const file = (name) => {
    fs.writeFileSync(path.join(outside, name), `${told[name]}\n`, { mode: 0o600 });
    return path.join(outside, name);
  };
  return {
    FIELDKEEP_SMTP_HOST: '127.0.0.1', FIELDKEEP_SMTP_PORT: '9', FIELDKEEP_SMTP_USER: 'letters', FIELDKEEP_SMTP_PASSWORD_FILE: file('smtpPassword'),
    FIELDKEEP_MAIL_FROM: 'Fieldkeep <fieldkeep@example.org>', FIELDKEEP_OIDC_ISSUER: 'https://127.0.0.1:9', FIELDKEEP_OIDC_CLIENT_ID: 'fieldkeep',
    FIELDKEEP_OIDC_CLIENT_SECRET_FILE: file('providerSecret'),
  };
};

const trial = async (server, outside) => {
  await server.start();
  const planted = await plant(server);
  const firstLog = server.log;
  await server.stop();
  server.environment = settings(outside);
  await server.start();
  for (const email of ['admin@example.org', 'viewer@example.org']) {
    await server.call('POST', '/api/password-resets', { body: { email }, headers: { Authorization: '' } });
  }
  await server.call('GET', '/api/session/external', { headers: { Authorization: '' } });
  execFileSync(server.program, ['backup', '--data', server.data, '--to', path.join(outside, 'backup')], { stdio: 'ignore' });
  // In the database, sealed: how long a letter waits is no reason to keep what it says.
  const markers = { ...secret, ...told, ...planted.tokens, totpBytes: base32(planted.tokens.totp) };
  const short = Object.entries(markers).filter(([, text]) => !text || text.length < 10);
  if (short.length > 0) {
    throw new Error(`nothing to look for: ${short.map(([name]) => name).join(', ')}`);
  }
  const look = (wanted, texts) => search(
    wanted, [...filesBelow(server.data), ...filesBelow(path.join(outside, 'backup'))], { "the server's log": Buffer.from(firstLog + server.log), ...texts });
  const tables = { 'a dump of every table': dump(server) };
  const running = look(markers, tables);
  const control = look(clear, tables);
  await server.stop();
  const stopped = look(markers);
  const controlStopped = look(clear);
  const seen = (hits, name, place) => hits.some((hit) => hit.startsWith(`${name} as`) && hit.includes(place));
  const controls = {
    inFilesRunning: control.hits.some((hit) => hit.includes('/postgres/')), inDump: Object.keys(clear).every((name) => seen(control.hits, name, 'a dump')),
    inFilesStopped: controlStopped.hits.some((hit) => hit.includes('/postgres/base/')),
    notInBackup: !control.hits.some((hit) => hit.includes(`${outside}/backup`)),
  };
  const { tokens, ...done } = planted;
  return {
    trial: 'clear-text', markers: Object.keys(markers).length, ...done,
    searchedMiB: running.searchedMiB + stopped.searchedMiB, hits: [...new Set([...running.hits, ...stopped.hits])], controls,
  };
};

const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-outside-'));
const report = await withOwnServer((server) => trial(server, outside)).finally(() => fs.rmSync(outside, { recursive: true, force: true }));
const isGood = report.hits.length === 0 && Object.values(report.controls).every(Boolean);
console.log(JSON.stringify(report));
console.log(`${isGood ? 'passed' : 'FAILED'}: clear-text: ${report.markers} planted secrets, ${report.hits.length} places found; the clear names `
  + `${Object.values(report.controls).every(Boolean) ? 'were' : 'were NOT'} found`);
process.exit(isGood ? 0 : 1);
