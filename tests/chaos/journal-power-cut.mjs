#!/usr/bin/env node
// R2 for the intake journal: a process appends to a journal on ext4 in a file on XFS; at random moments a reflink of that file, which is an atomic image of
// the block device, is what a power cut would leave. It is mounted and every record that was acknowledged before must be there. Exit 1 when one is not.
//   script/chaos journal-power-cut [--cuts 60] [--control]
// --control appends without syncs, so that records must be missing: its exit code is 0 when they were. Needs root, loop devices, mkfs.xfs and mkfs.ext4;
// without them it was not run, says so, and its exit code is 77.
import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { cuts: { type: 'string', default: '60' }, control: { type: 'boolean', default: false } } });
const cuts = Number(values.cuts);
const project = path.resolve(import.meta.dirname, '../Fieldkeep.Journal.Tests');
const program = path.join(project, 'bin/Release/net10.0/Fieldkeep.Journal.Tests');
const run = (file, ...args) => execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28 });

/** What is missing to run here; null for nothing. */
const missing = () => {
  if (process.getuid() !== 0) {
    return 'it needs root';
  }
  for (const [tool, ...args] of [['mkfs.xfs', '-V'], ['mkfs.ext4', '-V'], ['losetup', '--find']]) {
    try {
      run(tool, ...args);
    } catch (problem) {
      return `${tool} does not work here: ${problem.message.split('\n')[0]}`;
    }
  }
  return null;
};

/** The stack of a file with XFS, in it a file with ext4, in that the journal; taken apart in the other order. */
class Disks {
  #undo = [];
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'fieldkeep-power-'));

  constructor() {
    this.#undo.push(() => fs.rmSync(this.root, { recursive: true }));
    const [outer, lower] = [path.join(this.root, 'outer.img'), this.#mountPoint('lower')];
    run('truncate', '-s', '2G', outer);
    run('mkfs.xfs', '-q', '-f', '-m', 'reflink=1', outer);
    this.#mount(outer, lower);
    this.image = path.join(lower, 'disk.img');
    run('truncate', '-s', '400M', this.image);
    run('mkfs.ext4', '-q', '-F', this.image);
    this.live = this.#mountPoint('live');
    this.#mount(this.image, this.live);
    this.cutImage = path.join(lower, 'cut.img');
    this.cut = this.#mountPoint('cut');
  }

  /** Copies the block device as it is at this moment, and calls back with what is mounted from it. */
  afterCut(look) {
    run('cp', '--reflink=always', this.image, this.cutImage);
    return () => {
      run('mount', '-o', 'loop', this.cutImage, this.cut);
      try {
        return look(this.cut);
      } finally {
        run('umount', this.cut);
        fs.rmSync(this.cutImage);
      }
    };
  }

  takeApart() {
    while (this.#undo.length > 0) {
      this.#undo.pop()();
    }
  }

  #mountPoint(name) {
    const point = path.join(this.root, name);
    fs.mkdirSync(point);
    return point;
  }

  #mount(image, point) {
    run('mount', '-o', 'loop', image, point);
    this.#undo.push(() => run('umount', point));
  }
}

/** A process that appends, and what it has acknowledged. */
class Writer {
  acknowledged = [];
  #process;

  constructor(directory) {
    this.#process = spawn(program, [values.control ? 'append-unsynced' : 'append', directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.ended = new Promise((resolve) => { this.#process.on('close', resolve); });
    readline.createInterface({ input: this.#process.stdout }).on('line', (line) => this.acknowledged.push(line));
  }

  async isHeard() {
    for (const from = this.acknowledged.length; this.acknowledged.length === from && this.#process.exitCode === null;) {
      await pause(5);
    }
  }

  async kill() {
    this.#process.kill('SIGKILL');
    await this.ended;
  }
}

const trial = async (disks) => {
  const found = { cuts: 0, acknowledged: 0, lost: 0, cutsWithLoss: 0, changed: 0, damaged: 0, twice: 0 };
  while (found.cuts < cuts) {
    // A folder of its own for each: what waits is bounded.
    const name = `journal-${found.cuts}`;
    const writer = new Writer(path.join(disks.live, name));
    for (let n = 0; n < 5 && found.cuts < cuts; n++) {
      await writer.isHeard();
      await pause(randomInt(150));
      const before = [...writer.acknowledged];
      const mounted = disks.afterCut((cut) => (fs.existsSync(path.join(cut, name)) ? run(program, 'list', path.join(cut, name)).split('\n') : []));
      const lines = mounted();
      const there = new Set(lines);
      const lost = before.filter((id) => !there.has(id)).length;
      found.cuts++;
      found.acknowledged += before.length;
      found.lost += lost;
      found.cutsWithLoss += lost > 0 ? 1 : 0;
      found.changed += lines.filter((line) => line.startsWith('changed')).length;
      found.damaged += lines.filter((line) => line.startsWith('damaged')).length;
      found.twice += lines.filter(Boolean).length - [...there].filter(Boolean).length;
    }
    await writer.kill();
    fs.rmSync(path.join(disks.live, name), { recursive: true });
  }
  return found;
};

const why = missing();
if (why !== null) {
  console.log(`not run: ${why}`);
  process.exit(77);
}
if (!fs.existsSync(program)) {
  run('dotnet', 'build', project, '-c', 'Release', '-p:RunAnalyzers=false', '-v', 'quiet', '-nologo');
}
const disks = new Disks();
try {
  const found = await trial(disks);
  const isWhole = found.lost + found.changed + found.damaged + found.twice === 0 && found.acknowledged > 0;
  const isGood = values.control ? found.lost > 0 : isWhole;
  const name = values.control ? 'journal-power-cut, control' : 'journal-power-cut';
  console.log(JSON.stringify({ trial: name, ...found }));
  console.log(`${isGood ? 'passed' : 'FAILED'}: ${name}: ${found.cuts} cuts, ${found.acknowledged} acknowledged, ${found.lost} lost in ${found.cutsWithLoss} cuts, `
    + `${found.changed} changed, ${found.damaged} damaged, ${found.twice} there twice${values.control ? ' (the control must lose some)' : ''}`);
  process.exitCode = isGood ? 0 : 1;
} finally {
  disks.takeApart();
}
