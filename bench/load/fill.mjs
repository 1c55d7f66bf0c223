// Stores many household submissions at once, past the door phones use: sealed and written by the product's own code, in
// large groups, without ledger and audit book. For measuring what reads.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { instanceIdOf, instanceXml } from './household.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const program = path.join(root, 'bench/Fieldkeep.Benchmarks/bin/Release/net10.0/Fieldkeep.Benchmarks.dll');

const run = async (values, write) => {
  const child = spawn('dotnet', [program, ...values], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (bytes) => { said += bytes; });
  const ended = once(child, 'exit');
  await write?.(child.stdin);
  child.stdin.end();
  const [code] = await ended;
  if (code !== 0) {
    throw new Error(`${values[0]} ended with ${code}`);
  }
  return JSON.parse(said);
};

/** Stores submissions number `from` to `to`; gives {rows, seconds}. */
export const fill = (server, project, from, to) => run(['fill', server.data, String(project)], async (stdin) => {
  for (let n = from; n < to; n++) {
    const instanceId = instanceIdOf('fill', n);
    if (!stdin.write(`${instanceId}\t${instanceXml(n, { instanceId })}\n`)) {
      await once(stdin, 'drain');
    }
  }
});

/** Waits until the server has gathered the answers of a project; gives {segments, rows, columnBytes, instanceBytes, seconds}. */
export const gathered = (server, project) => run(['gathered', server.data, String(project)]);
