// Restores with the command line, and asks PostgreSQL behind the server's back.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { OwnServer } from '../../../bench/load/server.mjs';

const administrator = ['admin@example.org', 'granite-kettle-ninety-orchard'];

/** Restores into a new directory with these words of the command; gives a server on it, not started yet. */
export const restore = async (server, words) => {
  const restored = new OwnServer(undefined, { FIELDKEEP_BACKUP: 'none' });
  const child = spawn(server.program, ['restore', ...words, '--data', restored.data], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (bytes) => { said += bytes; });
  const code = await new Promise((resolve) => { child.once('exit', resolve); });
  if (code !== 0) {
    await restored.remove();
    throw new Error(`restore ${words.join(' ')} ended with ${code}:\n${said}`);
  }
  return restored;
};

export const signIn = (server) => server.signIn(...administrator);

/** The files of the log in a backup directory, in the order of their names, which is that of the log. */
export const filesOfLog = (backup) => fs.readdirSync(path.join(backup, 'wal'), { recursive: true })
  .filter((name) => /\/[0-9A-F]{24}\.[0-9A-F]{8}\.[0-9a-f]{8}\.fkw$/.test(name)).sort().map((name) => path.join(backup, 'wal', name));

const binaries = () => process.env.FIELDKEEP_POSTGRES_BIN ?? path.join('/usr/lib/postgresql', fs.readdirSync('/usr/lib/postgresql').sort().at(-1), 'bin');

const words = (server) => ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-h', path.join(server.data, 'run'), '-U', 'postgres', '-d', 'fieldkeep'];

/** Asks the database of a server, as its superuser. */
export const ask = (server, sql) => execFileSync(path.join(binaries(), 'psql'), [...words(server), '-c', sql], { maxBuffer: 1 << 28 }).toString().trim();

/** Runs a script on the database of a server, each statement a commit. */
export const run = (server, script) => new Promise((resolve, reject) => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-sql-')), 'script.sql');
  fs.writeFileSync(file, script);
  const child = spawn(path.join(binaries(), 'psql'), [...words(server), '-o', '/dev/null', '-f', file], { stdio: 'inherit' });
  child.once('exit', (code) => {
    fs.rmSync(path.dirname(file), { recursive: true });
    return code === 0 ? resolve() : reject(new Error(`psql ended with ${code}`));
  });
});
