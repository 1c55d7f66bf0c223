#!/usr/bin/env node
// What systemd says of the units in deploy/: the exposure of each must be 2.0 or less, and it must be a unit without mistakes.
//   script/chaos service-unit [--control]
// --control judges the same units without their protections; its exit code is 0 when systemd finds each too exposed.
// Needs systemd-analyze 250 or newer; without it it was not run, says so, and its exit code is 77.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { control: { type: 'boolean', default: false } } });
const mostExposure = 2.0;
const deploy = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../deploy');

const version = Number(/systemd (\d+)/.exec(spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? 0);
if (version < 250) {
  console.log('not run: service-unit: systemd-analyze 250 or newer is missing');
  process.exit(77);
}

const protections = /^(NoNewPrivileges|CapabilityBoundingSet|AmbientCapabilities|Protect\w+|Private\w+|Restrict\w+|LockPersonality|SystemCall\w+|User|Group|UMask)=.*$/gm;
const judge = (name) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-unit-'));
  const unit = path.join(folder, name);
  // The program need not be installed where the unit is judged.
  const text = fs.readFileSync(path.join(deploy, name), 'utf8').replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true');
  fs.writeFileSync(unit, values.control ? text.replace(protections, '') : text);
  const told = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], { encoding: 'utf8' });
  const mistakes = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' });
  fs.rmSync(folder, { recursive: true, force: true });
  const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(told.stdout)?.[1] ?? NaN);
  // Other units of the machine may have mistakes of their own.
  return { unit: name, exposure, mistakes: mistakes.stderr.split('\n').filter((line) => line.includes(name)) };
};

const units = fs.readdirSync(deploy).filter((name) => name.endsWith('.service')).map(judge);
const isGood = units.length >= 2 && units.every(({ exposure, mistakes }) => (values.control ? exposure > mostExposure : exposure <= mostExposure && mistakes.length === 0));
console.log(JSON.stringify({ trial: 'service-unit', control: values.control, mostExposure, units }));
console.log(`${isGood ? 'passed' : 'FAILED'}: service-unit${values.control ? ' --control' : ''}: `
  + units.map(({ unit, exposure, mistakes }) => `${unit} exposure ${exposure}, ${mistakes.length} mistakes`).join('; '));
process.exit(isGood ? 0 : 1);
