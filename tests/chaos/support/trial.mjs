// What every trial has: how it says that it was not run, how it ends, and the program beside the server.
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';

/** Ends the trial: the machine lacks what it needs. Never green. */
export const notRun = (name, why) => {
  console.log(`not run: ${name}: ${why}`);
  process.exit(77);
};

/** Prints the report in one line and the result in another, and sets the exit code. */
export const conclude = (isGood, report, words) => {
  console.log(JSON.stringify(report));
  console.log(`${isGood ? 'passed' : 'FAILED'}: ${report.trial}: ${words}`);
  process.exitCode = isGood ? 0 : 1;
};

/** Whether a program can be started here. */
export const has = (tool, ...args) => spawnSync(tool, args, { stdio: 'ignore' }).error === undefined;

/** Runs a command to its end, whatever that is; gives {code, stdout, stderr, seconds}. */
export const run = (file, args, { env = {}, input } = {}) => new Promise((resolve, reject) => {
  const since = performance.now();
  const child = spawn(file, args, { stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes) => { said.stdout += bytes; });
  child.stderr.on('data', (bytes) => { said.stderr += bytes; });
  child.on('error', reject);
  child.on('close', (code, signal) => resolve({ code: code ?? signal, ...said, seconds: (performance.now() - since) / 1000 }));
  child.stdin?.end(input);
});

/** Runs a command that must succeed; gives what it printed. */
export const need = async (file, args, options) => {
  const told = await run(file, args, options);
  if (told.code !== 0) {
    throw new Error(`${path.basename(file)} ${args.join(' ')} ended with ${told.code}:\n${told.stderr.slice(-2000)}${told.stdout.slice(-500)}`);
  }
  return told.stdout;
};

/** SQL in a server's private database, as its superuser. */
export const sql = (server, statements) => {
  const asOwner = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  const quietly = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'];
  return need('/usr/bin/env', [...asOwner, 'psql', ...quietly, '-h', path.join(server.data, 'run'), '-U', 'postgres', '-d', 'fieldkeep'], { input: statements });
};

/**
 * Waits until nothing that was acknowledged by the intake journal alone waits for the database any more, at most so long. Gives the seconds, null when something
 * waits still, and how many records were set aside.
 */
export const drained = async (server, mostSeconds = 60) => {
  for (const since = performance.now(); ;) {
    const told = (await run(server.program, ['journal', '--data', server.data])).stdout;
    const seconds = Math.round((performance.now() - since) / 100) / 10;
    const setAside = Number(/(\d+) set aside/.exec(told)?.[1] ?? NaN);
    if (/ open: 0 submissions wait/.test(told) || seconds > mostSeconds) {
      return { drainedSeconds: seconds > mostSeconds ? null : seconds, setAside };
    }
    await new Promise((resolve) => { setTimeout(resolve, 300); });
  }
};
