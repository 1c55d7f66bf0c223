// Two PostgreSQL under Patroni with etcd and HAProxy, as deploy/ha has them, all on loopback and below one folder; and ways to hurt them.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pause } from '../../../bench/load/server.mjs';
import { makeAuthority } from './authority.mjs';
import { childrenOf, isOf, treeOf } from './processes.mjs';
import { has, need } from './trial.mjs';

const files = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../deploy/ha');
const binaries = '/usr/lib/postgresql/15/bin';
const isRoot = process.getuid() === 0;
const LONGEST_WAIT_MS = 120_000;

/** What this machine lacks for it; null when there is all. */
export const whyNoPair = () => {
  const missing = ['patroni', 'haproxy', 'etcd', 'openssl'].filter((tool) => !has(tool, '--version'));
  return missing.length > 0 ? `${missing.join(', ')} missing: apt-get install --no-install-recommends patroni haproxy etcd-server`
    : fs.existsSync(binaries) ? null : `PostgreSQL 15 missing in ${binaries}`;
};

/** So many ports that are free at this moment. */
export const freePorts = async (count) => {
  const held = await Promise.all(Array.from({ length: count }, () => new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
  })));
  const ports = held.map((server) => server.address().port);
  await Promise.all(held.map((server) => new Promise((resolve) => { server.close(resolve); })));
  return ports;
};

/** Waits until something is so; gives the milliseconds. */
export const until = async (isSo, what, mostMs = LONGEST_WAIT_MS) => {
  const since = performance.now();
  while (!await isSo()) {
    if (performance.now() - since > mostMs) {
      throw new Error(`after ${mostMs / 1000} s still not: ${what}`);
    }
    await pause(100);
  }
  return performance.now() - since;
};

const filled = (name, words) => fs.readFileSync(path.join(files, name), 'utf8').replace(/\$\{(\w+)\}/g, (_, word) => {
  if (words[word] === undefined) {
    throw new Error(`deploy/ha/${name} has \${${word}}, which the trial does not know`);
  }
  return words[word];
});

/** One PostgreSQL and its Patroni. */
class Node {
  patroni = null; stopped = [];

  constructor(name, folder, port, restPort) {
    [this.name, this.folder, this.port, this.restPort] = [name, folder, port, restPort];
  }

  /** The process id of its PostgreSQL; null when there is none. */
  get postmaster() {
    try {
      const pid = Number(fs.readFileSync(path.join(this.folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
      return isOf(pid, path.join(this.folder, 'data')) ? pid : null;
    } catch {
      return null;
    }
  }

  /** All of its PostgreSQL's processes, the first one first. */
  get postgres() {
    const { postmaster } = this;
    return postmaster === null ? [] : [postmaster, ...childrenOf(postmaster)];
  }

  /** What its Patroni answers; null when it does not. */
  async ask(address, options = {}) {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.restPort}${address}`, { ...options, signal: AbortSignal.timeout(2_000) });
      const text = await answer.text();
      return { status: answer.status, text, get json() { return JSON.parse(text); } };
    } catch {
      return null;
    }
  }
}

/** The pair; `isSynchronous` false lets the primary acknowledge what the copy does not have. */
export class Pair {
  #children = []; #passwords; #atExit = () => this.#end();

  constructor({ isSynchronous = true } = {}) {
    this.isSynchronous = isSynchronous;
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-failover-'));
    fs.chmodSync(this.folder, 0o755);
    this.#passwords = Object.fromEntries(['REST', 'POSTGRES', 'REPLICATION', 'REWIND', 'FIELDKEEP'].map((name) => [`${name}_PASSWORD`, randomBytes(16).toString('hex')]));
  }

  /** Starts etcd, both PostgreSQL, then HAProxy; `servers` are the addresses of the server and its spare, or of two that both serve in turn. */
  async start(servers, { bothServe = false } = {}) {
    process.once('exit', this.#atExit);
    const [etcd, peers, pg1, rest1, pg2, rest2, database, door] = await freePorts(8);
    [this.doorPort, this.databasePort] = [door, database];
    this.authority = await makeAuthority(path.join(this.folder, 'tls'), ['pg1', 'pg2', 'door', 'server']);
    this.nodes = [new Node('pg1', path.join(this.folder, 'pg1'), pg1, rest1), new Node('pg2', path.join(this.folder, 'pg2'), pg2, rest2)];
    const [client, peer] = [`http://127.0.0.1:${etcd}`, `http://127.0.0.1:${peers}`];
    this.#run('etcd', ['etcd', '--name', 'e1', '--data-dir', path.join(this.folder, 'etcd'), '--listen-client-urls', client, '--advertise-client-urls', client,
      '--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `e1=${peer}`]);
    for (const node of this.nodes) {
      this.#furnish(node, `127.0.0.1:${etcd}`);
    }
    // The first one alone, so that it is the first primary.
    this.runPatroni(this.nodes[0]);
    await until(async () => await this.leader() === this.nodes[0], 'the first PostgreSQL is the primary');
    this.runPatroni(this.nodes[1]);
    await this.isWhole();
    await this.sql(this.nodes[0], 'create database fieldkeep owner fieldkeep');
    const [[one, two], config] = [this.nodes, path.join(this.folder, 'haproxy.cfg')];
    const words = {
      DATABASE_PORT: database, PG1_ADDRESS: '127.0.0.1', PG1_PORT: one.port, PG1_REST_PORT: one.restPort, PG2_ADDRESS: '127.0.0.1', PG2_PORT: two.port,
      PG2_REST_PORT: two.restPort, DOOR_ADDRESS: '127.0.0.1', DOOR_PORT: door, CERTIFICATE: this.authority.of('door').both, AUTHORITY: this.authority.file,
      SERVER1: servers[0], SERVER2: servers[1], SPARE: bothServe ? '' : 'backup',
      // Everybody calls from one address here, and what goes to the other server each time is the harder case.
      BALANCE: 'roundrobin',
    };
    const text = filled('haproxy.cfg', words);
    fs.writeFileSync(config, isRoot ? text : text.replace(/^ *(user|group) haproxy\n/gm, ''));
    this.haproxy = this.#run('haproxy', ['haproxy', '-db', '-f', config]);
  }

  /** How the server reaches whichever is the primary. */
  get connection() {
    return `Host=127.0.0.1;Port=${this.databasePort};Username=fieldkeep;Password=${this.#passwords.FIELDKEEP_PASSWORD};Database=fieldkeep;`
      + `SSL Mode=VerifyFull;Root Certificate=${this.authority.file};Timeout=3;Command Timeout=30;Cancellation Timeout=2000;Keepalive=5`;
  }

  /** Starts the Patroni of a node, which starts its PostgreSQL. */
  runPatroni(node) {
    const asOwner = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
    node.patroni = this.#run(node.name, [...asOwner, 'patroni', path.join(node.folder, 'patroni.yml')], { HOME: node.folder });
  }

  /** The node that says it is the primary; null when none does. */
  async leader() {
    const told = await Promise.all(this.nodes.map((node) => node.ask('/primary')));
    return this.nodes[told.findIndex((answer) => answer?.status === 200)] ?? null;
  }

  other(node) {
    return this.nodes.find((one) => one !== node);
  }

  /** Waits until one is the primary and the other follows, waited for where it is to be; gives the milliseconds. */
  isWhole() {
    return until(async () => {
      const leader = await this.leader();
      const copy = leader && this.other(leader);
      const follows = leader && (await leader.ask('/patroni'))?.json.replication?.find(({ application_name: name }) => name === copy.name);
      return follows?.state === 'streaming' && (this.isSynchronous ? follows.sync_state === 'sync' && (await copy.ask('/sync'))?.status === 200 : true);
    }, 'one PostgreSQL is the primary and the other its copy');
  }

  /** Kills a node as a power cut would: Patroni, PostgreSQL and all they started. */
  kill(node) {
    this.#signal([...treeOf(node.patroni.pid), ...node.postgres], 'SIGKILL');
  }

  /** Kills PostgreSQL alone. */
  crash(node) {
    this.#signal(node.postgres, 'SIGKILL');
  }

  /** Lets a node hang, until `wake`. */
  hang(node) {
    node.stopped = [...treeOf(node.patroni.pid), ...node.postgres];
    this.#signal(node.stopped, 'SIGSTOP');
  }

  wake(node) {
    this.#signal(node.stopped, 'SIGCONT');
    node.stopped = [];
  }

  /** Lets a copy receive nothing any more; gives what ends that, without a look at what arrived meanwhile. */
  holdBack(copy) {
    const receiver = childrenOf(copy.postmaster).find((pid) => /walreceiver/.test(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')));
    process.kill(receiver, 'SIGSTOP');
    return () => process.kill(receiver, 'SIGKILL');
  }

  /** Hands over in order. */
  async switchover(leader) {
    const told = await leader.ask('/switchover', {
      method: 'POST', body: JSON.stringify({ leader: leader.name, candidate: this.other(leader).name }),
      headers: { 'Content-Type': 'application/json', Authorization: `Basic ${Buffer.from(`patroni:${this.#passwords.REST_PASSWORD}`).toString('base64')}` },
    });
    // It answers when it is done, which may take longer than we wait for an answer.
    if (told !== null && told.status !== 200) {
      throw new Error(`the switchover was refused: ${told.status} ${told.text}`);
    }
  }

  /** Runs SQL at a node as its superuser. */
  sql(node, statement) {
    return need(path.join(binaries, 'psql'), ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', statement], {
      env: {
        PGHOST: '127.0.0.1', PGPORT: String(node.port), PGUSER: 'postgres', PGDATABASE: 'postgres', PGPASSWORD: this.#passwords.POSTGRES_PASSWORD,
        PGSSLMODE: 'verify-full', PGSSLROOTCERT: this.authority.file,
      },
    });
  }

  /** The last lines of everything that ran, for whoever has to find out why. */
  get logs() {
    return fs.readdirSync(this.folder).filter((name) => name.endsWith('.log'))
      .map((name) => `--- ${name}\n${fs.readFileSync(path.join(this.folder, name), 'utf8').split('\n').slice(-25).join('\n')}`).join('\n');
  }

  /** Ends everything and removes the folder. */
  async remove() {
    this.#end();
    process.off('exit', this.#atExit);
    // What was killed may write until it is gone.
    await pause(200);
    this.#end();
  }

  #furnish(node, etcd) {
    fs.mkdirSync(node.folder);
    const words = {
      ...this.#passwords, NODE: node.name, ADDRESS: '127.0.0.1', PORT: node.port, REST_PORT: node.restPort, ETCD: etcd, FOLDER: node.folder,
      NETWORK: '127.0.0.1/32', WATCHDOG: 'off',
    };
    let text = filled('patroni.yml', words);
    if (!this.isSynchronous) {
      // Far behind is near enough, too: what is shown is that something is lost then.
      text = text.replace('synchronous_mode: true', 'synchronous_mode: false').replace('maximum_lag_on_failover: 1048576', 'maximum_lag_on_failover: 1073741824');
    }
    const own = this.authority.of(node.name);
    fs.writeFileSync(path.join(node.folder, 'patroni.yml'), text, { mode: 0o600 });
    fs.copyFileSync(own.certificate, path.join(node.folder, 'postgres.pem'));
    fs.copyFileSync(own.key, path.join(node.folder, 'postgres.key'));
    fs.copyFileSync(this.authority.file, path.join(node.folder, 'ca.pem'));
    if (isRoot) {
      spawnSync('chown', ['-R', 'postgres:postgres', node.folder]);
    }
    fs.chmodSync(node.folder, 0o700);
  }

  #run(name, [file, ...args], env = {}) {
    const log = fs.openSync(path.join(this.folder, `${name}.log`), 'a');
    const child = spawn(file, args, { stdio: ['ignore', log, log], cwd: '/', detached: true, env: { ...process.env, ...env } });
    fs.closeSync(log);
    this.#children.push(child);
    return child;
  }

  #signal(pids, signal) {
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
      } catch {
        // It ended by itself.
      }
    }
  }

  // Patroni first, so that it starts nothing again.
  #end() {
    const own = this.#children.filter((child) => child.exitCode === null && child.signalCode === null);
    this.#signal(own.flatMap((child) => treeOf(child.pid)), 'SIGKILL');
    this.#signal((this.nodes ?? []).flatMap((node) => node.postgres), 'SIGKILL');
    fs.rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
