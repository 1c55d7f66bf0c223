// Runs every journey (*.spec.mjs) after the other, each on a server of its own. The last line sums them up.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
let passed = 0;
let failed = 0;

function run(file) {
    return new Promise((resolve) => {
        const journey = spawn(process.execPath, [join(here, file)], { stdio: ['ignore', 'pipe', 'inherit'] });
        let out = '';
        journey.stdout.on('data', (text) => {
            out += String(text);
            process.stdout.write(text);
        });
        journey.on('exit', (code) => {
            const [, good = 0, bad = 0] = /^(\d+) passed, (\d+) failed\s*$/m.exec(out) ?? [];
            passed += Number(good);
            failed += code !== 0 && Number(bad) === 0 ? 1 : Number(bad);
            resolve();
        });
    });
}

for (const file of readdirSync(here)
    .filter((name) => name.endsWith('.spec.mjs'))
    .sort()) {
    console.log(`# ${file}`);
    await run(file);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
