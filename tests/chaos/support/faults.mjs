// Makes system calls of a process fail, with strace: the N-th of its kind, on certain paths or on all.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { has, run } from './trial.mjs';

/** Why calls cannot be made to fail here; null when they can. */
export const whyNoFaults = async () => {
  if (!has('strace', '-V')) {
    return 'strace is missing';
  }
  const told = await run('strace', ['-f', '-e', 'trace=getcwd', '-e', 'inject=getcwd:error=EIO:when=1', '/bin/pwd', '-P']);
  return /INJECTED/.test(told.stderr) ? null : `strace cannot make calls fail: ${told.stderr.split('\n')[0]}`;
};

/** The arguments of strace that let one call in `when` fail; without an error, that only write calls down. */
export const faultArguments = ({ calls, error, when, paths = [], log }) => [
  '-f', '-qq', '-y', '-o', log, ...paths.flatMap((one) => ['-P', one]), '-e', `trace=${calls}`,
  ...(error ? ['-e', `inject=${calls}:error=${error}:when=${when}`] : []),
];

/** What strace wrote: each call with the file it was on, how often, and which of them failed. `nameOf` makes one name of paths that are new each time. */
export const callsIn = (log, nameOf) => {
  const found = [];
  for (const line of fs.existsSync(log) ? fs.readFileSync(log, 'utf8').split('\n') : []) {
    const [, thread, call, rest] = /^(\d+)\s+(\w+)\((.*)$/.exec(line) ?? [];
    // What is written stands in quotes, too.
    const isByName = /^(open|rename|link|unlink)/.test(call ?? '');
    const file = (isByName ? /"([^"]+)"/ : /<([^>]+)>/).exec(rest ?? '')?.[1];
    if (call && file) {
      found.push({ thread, call, site: `${call} ${nameOf(file)}`, isFailed: rest.includes('(INJECTED)') });
    }
  }
  return found;
};

/** Attaches to a process, all its threads and those to come. */
export class Fault {
  #process; #ended;

  static async on(pid, fault) {
    const one = new Fault();
    fs.rmSync(fault.log, { force: true });
    // Attached it says so, which -qq would keep quiet.
    const args = faultArguments(fault).map((argument) => (argument === '-qq' ? '-q' : argument));
    one.#process = spawn('strace', [...args, '-p', String(pid)], { stdio: 'ignore' });
    one.#ended = new Promise((resolve) => { one.#process.on('close', resolve); });
    await one.#isAttached(pid);
    return one;
  }

  async #isAttached(pid) {
    const isTraced = () => fs.readdirSync(`/proc/${pid}/task`).every((thread) => {
      try {
        return /^TracerPid:\s+[1-9]/m.test(fs.readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'));
      } catch {
        return true;
      }
    });
    for (let tries = 0; tries < 500 && fs.existsSync(`/proc/${pid}/task`) && !isTraced(); tries++) {
      await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
  }

  /** Lets the process go on without. */
  async end() {
    this.#process.kill('SIGINT');
    // One that does not hear is killed: the kernel lets go of what it held.
    const limit = setTimeout(() => this.#process.kill('SIGKILL'), 5000);
    await this.#ended;
    clearTimeout(limit);
  }
}
