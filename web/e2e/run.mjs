// Runs every journey (*.spec.mjs), two beside each other, each on a server of its own. The last line sums them up.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const atOnce = 2;
let passed = 0;
let failed = 0;

// What a journey says is shown when it has ended, so that two do not speak at once.
function run(file) {
    return new Promise((resolve) => {
        const journey = spawn(process.execPath, [join(here, file)], { stdio: ['ignore', 'pipe', 'pipe'] });
        let out = '';
        let said = '';
        journey.stdout.on('data', (text) => (out += String(text)));
        journey.stderr.on('data', (text) => (said += String(text)));
        journey.on('exit', (code) => {
            const [, good = 0, bad = 0] = /^(\d+) passed, (\d+) failed\s*$/m.exec(out) ?? [];
            passed += Number(good);
            failed += code !== 0 && Number(bad) === 0 ? 1 : Number(bad);
            console.log(`# ${file}`);
            process.stdout.write(out);
            process.stderr.write(said);
            resolve();
        });
    });
}

const waiting = readdirSync(here)
    .filter((name) => name.endsWith('.spec.mjs'))
    .sort();
async function work() {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        await run(file);
    }
}
await Promise.all(Array.from({ length: atOnce }, work));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
