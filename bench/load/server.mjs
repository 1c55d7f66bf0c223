// A server of one's own for a measurement or a trial: started on a new data directory, set up, and removed at the end.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Api } from './api.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const builtProgram = process.env.FIELDKEEP_PROGRAM ?? path.join(root, 'src/Fieldkeep/bin/Release/net10.0/fieldkeep');
const LONGEST_START_MS = 90_000;

export const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

export class OwnServer extends Api {
  #child = null;

  constructor(data, environment = {}) {
    super();
    this.data = path.resolve(data ?? fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-')));
    this.environment = environment;
    this.log = '';
    this.program = builtProgram;
    /** Where it listens; 0 takes any free port. */
    this.port = 0;
    if (data === undefined) {
      // PostgreSQL runs as a user of its own when we are root, and must get through to its folder.
      fs.chmodSync(this.data, 0o755);
    }
  }

  get pid() { return this.#child?.pid; }

  /** The authority that signed this server's certificate. */
  get ca() { return fs.readFileSync(path.join(this.data, 'tls', 'ca.pem')); }

  /** Starts the server; gives the milliseconds until it said it was ready. */
  async start() {
    const began = performance.now();
    const child = spawn(this.program, ['serve', '--data', this.data, '--port', String(this.port)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // What is measured does not wait for a backup; a trial of backups names a directory.
      env: { FIELDKEEP_BACKUP: 'none', ...process.env, ...this.environment },
    });
    this.#child = child;
    child.stderr.on('data', (bytes) => { this.log = (this.log + bytes).slice(-200_000); });
    let said = '';
    await new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`the server was not ready after ${LONGEST_START_MS / 1000} s:\n${this.log}`)), LONGEST_START_MS);
      child.stdout.on('data', (bytes) => {
        said += bytes;
        const ready = /ready (https:\/\/\S+)/.exec(said);
        if (ready) {
          clearTimeout(limit);
          this.base = ready[1];
          resolve();
        }
      });
      child.once('exit', (code, signal) => { clearTimeout(limit); reject(new Error(`the server ended (${code ?? signal}):\n${this.log}`)); });
    });
    this.trust(this.ca);
    return performance.now() - began;
  }

  /** Ends the server as a power cut of the process would; its PostgreSQL goes on. */
  async kill() {
    const child = this.#child;
    const ended = new Promise((resolve) => { child.once('exit', resolve); });
    child.kill('SIGKILL');
    await ended;
  }

  /** Asks the server to stop and waits for it and its PostgreSQL. */
  async stop() {
    const child = this.#child;
    this.hangUp();
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => { child.once('exit', resolve); });
      child.kill('SIGTERM');
      await Promise.race([ended, pause(30_000)]);
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await ended;
      }
    }
    await this.#stopPostgres();
  }

  async remove() {
    await this.stop();
    fs.rmSync(this.data, { recursive: true, force: true });
  }

  /** The process id of this server's PostgreSQL; null when it does not run. */
  get postgresPid() {
    try {
      const pid = Number(fs.readFileSync(path.join(this.data, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
      return isAlive(pid) ? pid : null;
    } catch {
      return null;
    }
  }

  // Only when the server was killed and not started again: its PostgreSQL is ours to stop.
  async #stopPostgres() {
    const pid = this.postgresPid;
    if (pid) {
      process.kill(pid, 'SIGINT');
      for (let waited = 0; waited < 10_000 && isAlive(pid); waited += 50) {
        await pause(50);
      }
    }
  }
}

/** Runs `work` on a server of its own, which is stopped and removed afterwards, also on Ctrl-C. */
export const withOwnServer = async (work, environment) => {
  const server = new OwnServer(undefined, environment);
  const interrupted = () => { server.remove().finally(() => process.exit(130)); };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    return await work(server);
  } finally {
    await server.remove();
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
  }
};
