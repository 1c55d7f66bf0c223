#!/usr/bin/env node
// X4: scans the server's TLS with testssl.sh and sslscan. Every finding of LOW or worse must be on the list of waivers below.
//   script/chaos tls-scan [--control]
// --control scans a server with old protocols and ciphers instead; its exit code is 0 when the scan found fault with it.
// Needs testssl.sh and sslscan (Debian: apt-get install testssl.sh sslscan); without them it was not run, says so, and its exit code is 77.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pause, withOwnServer } from '../../bench/load/server.mjs';

const { values } = parseArgs({ options: { control: { type: 'boolean', default: false } } });

/** What is found on every installation that has an authority of its own, and why it is none of the server's faults. */
const waivers = {
  cert_revocation: 'an authority of its own has no address at which a certificate could be looked up as revoked',
  DNS_CAArecord: 'names on one’s own network stand in no public DNS',
};
const counted = new Set(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']);

const isThere = (program) => spawnSync('which', [program], { stdio: 'ignore' }).status === 0;

/** Asks testssl.sh for everything it knows; gives findings as { id, severity, finding }. */
const scan = (port, ca, folder) => {
  const file = path.join(folder, 'testssl.json');
  fs.rmSync(file, { force: true });
  const trusting = ca ? ['--add-ca', ca] : [];
  const ended = spawnSync('testssl', [
    '--quiet', '--color', '0', '--warnings', 'batch', '--ip', 'one', ...trusting, '--jsonfile', file, `localhost:${port}`,
  ], { encoding: 'utf8', timeout: 600_000 });
  if (!fs.existsSync(file)) {
    throw new Error(`testssl.sh said nothing:\n${ended.stdout}${ended.stderr}`);
  }
  return JSON.parse(fs.readFileSync(file, 'utf8')).filter((found) => found.id !== 'scanTime');
};

/** The protocols that sslscan could speak. */
const protocols = (port) => {
  const xml = execFileSync('sslscan', ['--xml=-', '--no-check-certificate', `localhost:${port}`], { encoding: 'utf8' });
  return [...xml.matchAll(/<protocol type="(\w+)" version="([\d.]+)" enabled="1"/g)].map((found) => `${found[1]} ${found[2]}`);
};

const judge = (findings, spoken) => {
  const bad = findings.filter((found) => counted.has(found.severity) && !(found.id in waivers))
    .map(({ id, severity, finding }) => ({ id, severity, finding }));
  const old = spoken.filter((name) => !['tls 1.2', 'tls 1.3'].includes(name.toLowerCase()));
  return { looked: findings.length, bad, old, spoken };
};

const own = (folder) => withOwnServer(async (server) => {
  await server.start();
  const ca = path.join(folder, 'ca.pem');
  fs.writeFileSync(ca, server.ca);
  const port = new URL(server.base).port;
  return judge(scan(port, ca, folder), protocols(port));
});

/** A server with what was usual twenty years ago: a weak key, TLS 1.0, ciphers without forward secrecy. */
const weak = async (folder) => {
  const [key, certificate] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-days', '9', '-subj', '/CN=localhost', '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const port = '44433';
  const server = spawn('openssl', ['s_server', '-accept', `127.0.0.1:${port}`, '-key', key, '-cert', certificate, '-cipher', 'ALL:@SECLEVEL=0', '-www', '-quiet'], { stdio: 'ignore' });
  try {
    await pause(1_000);
    return judge(scan(port, null, folder), protocols(port));
  } finally {
    server.kill();
  }
};

const missing = ['testssl', 'sslscan'].filter((program) => !isThere(program));
if (missing.length > 0) {
  console.log(`not run: tls-scan: ${missing.join(' and ')} missing`);
  process.exit(77);
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-tls-'));
const report = await (values.control ? weak(folder) : own(folder)).finally(() => fs.rmSync(folder, { recursive: true, force: true }));
const isClean = report.looked > 100 && report.bad.length === 0 && report.old.length === 0 && report.spoken.length > 0;
const isGood = values.control ? report.bad.length > 0 && report.old.length > 0 : isClean;
console.log(JSON.stringify({ trial: 'tls-scan', control: values.control, ...report, waived: Object.keys(waivers) }));
console.log(`${isGood ? 'passed' : 'FAILED'}: tls-scan${values.control ? ' --control' : ''}: ${report.looked} looked at, `
  + `${report.bad.length} findings of LOW or worse beyond ${Object.keys(waivers).length} waivers; speaks ${report.spoken.join(', ')}`);
process.exit(isGood ? 0 : 1);
