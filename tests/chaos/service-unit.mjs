#!/usr/bin/env node
// What systemd says of the unit in deploy/: its exposure must be 2.0 or less, and it must be a unit without mistakes.
//   script/chaos service-unit [--control]
// --control judges the same unit without its protections; its exit code is 0 when systemd finds it too exposed.
// Needs systemd-analyze 250 or newer; without it it was not run, says so, and its exit code is 77.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { control: { type: 'boolean', default: false } } });
const mostExposure = 2.0;
const file = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../deploy/fieldkeep.service');

const version = Number(/systemd (\d+)/.exec(spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? 0);
if (version < 250) {
  console.log('not run: service-unit: systemd-analyze 250 or newer is missing');
  process.exit(77);
}

const protections = /^(NoNewPrivileges|CapabilityBoundingSet|AmbientCapabilities|Protect\w+|Private\w+|Restrict\w+|LockPersonality|SystemCall\w+|User|Group|UMask)=.*$/gm;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-unit-'));
const unit = path.join(folder, 'fieldkeep.service');
// The program need not be installed where the unit is judged.
const text = fs.readFileSync(file, 'utf8').replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true');
fs.writeFileSync(unit, values.control ? text.replace(protections, '') : text);
const told = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], { encoding: 'utf8' });
const mistakes = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
fs.rmSync(folder, { recursive: true, force: true });
const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(told.stdout)?.[1] ?? NaN);
// Other units of the machine may have mistakes of their own.
const own = mistakes.stderr.split('\n').filter((line) => line.includes('fieldkeep.service'));
const isGood = values.control ? exposure > mostExposure : exposure <= mostExposure && own.length === 0;
console.log(JSON.stringify({ trial: 'service-unit', control: values.control, exposure, mostExposure, mistakes: own }));
console.log(`${isGood ? 'passed' : 'FAILED'}: service-unit${values.control ? ' --control' : ''}: exposure ${exposure}, ${own.length} mistakes`);
process.exit(isGood ? 0 : 1);
