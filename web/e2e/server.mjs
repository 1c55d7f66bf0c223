// Starts a server of its own on an empty data directory, and stops it again.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findLetter } from './letters.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const longestStartMs = 240_000;
const longestStopMs = 30_000;

/** Uses the server at BASE_URL, else starts one with these words more; `stop` ends only what was started here. */
export async function startServer(words = []) {
    if (process.env.BASE_URL) {
        return {
            url: process.env.BASE_URL.replace(/\/$/, ''),
            said: () => '',
            stop: async () => undefined,
        };
    }
    const data = await mkdtemp(join(tmpdir(), 'fieldkeep-e2e-'));
    const server = spawn(
        join(root, 'script', 'fieldkeep'),
        ['serve', '--data', data, '--port', '0', ...words],
        {
            stdio: ['ignore', 'pipe', 'pipe'],
            env: { FIELDKEEP_BACKUP: 'none', ...process.env },
        },
    );
    const said = [];
    server.stderr.on('data', (text) => said.push(String(text)));
    const ended = new Promise((resolve) => server.on('exit', resolve));
    const url = await new Promise((resolve, reject) => {
        const timer = setTimeout(
            () => reject(new Error(`The server did not start.\n${said.join('')}`)),
            longestStartMs,
        );
        let out = '';
        server.stdout.on('data', (text) => {
            out += String(text);
            const ready = /^ready (https:\S+)/m.exec(out);
            if (ready) {
                clearTimeout(timer);
                resolve(ready[1].replace(/\/$/, ''));
            }
        });
        server.on('exit', (code) => {
            clearTimeout(timer);
            reject(new Error(`The server ended with ${code}.\n${said.join('')}`));
        });
    });
    return {
        url,
        data,
        said: () => said.join('').slice(-4_000),
        letterTo: (address, subject) => findLetter(() => lettersIn(join(data, 'mail')), address, subject),
        stop: async () => {
            server.kill('SIGTERM');
            const timer = setTimeout(() => server.kill('SIGKILL'), longestStopMs);
            await ended;
            clearTimeout(timer);
            await rm(data, { recursive: true, force: true });
        },
    };
}

/** Runs a command of the program and gives what it said; one that ends with anything but 0 is thrown. */
export async function runProgram(...words) {
    const { stdout } = await promisify(execFile)(join(root, 'script', 'fieldkeep'), words);
    return stdout;
}

/** The letters in a folder: without a mail server each is a file there. */
async function lettersIn(folder) {
    const names = (await readdir(folder).catch(() => [])).filter((one) => one.endsWith('.eml')).sort();
    return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}
