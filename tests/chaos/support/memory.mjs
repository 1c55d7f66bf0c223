// A control group in which a server and its PostgreSQL have only so much memory: version 2, or 1 where that is what is mounted. Needs root.
import fs from 'node:fs';
import path from 'node:path';

const VERSION_1 = '/sys/fs/cgroup/memory';
const VERSION_2 = '/sys/fs/cgroup';

const parentOf = () => {
  if (fs.existsSync(path.join(VERSION_1, 'memory.limit_in_bytes'))) {
    return { version: 1, folder: VERSION_1 };
  }
  const given = path.join(VERSION_2, 'cgroup.subtree_control');
  return fs.existsSync(given) && fs.readFileSync(given, 'utf8').includes('memory') ? { version: 2, folder: VERSION_2 } : null;
};

/** Why memory cannot be limited here; null when it can. */
export const whyNoGroup = () => (process.getuid() !== 0 ? 'it needs root, to limit memory' : parentOf() === null ? 'no control group for memory is mounted' : null);

export class MemoryGroup {
  #folder; #version;

  constructor(bytes) {
    const { version, folder } = parentOf();
    this.#version = version;
    this.#folder = path.join(folder, `fieldkeep-trial-${process.pid}`);
    fs.mkdirSync(this.#folder);
    this.#write(version === 1 ? 'memory.limit_in_bytes' : 'memory.max', bytes);
  }

  /** A program that starts another one in this group. */
  starterOf(program, folder) {
    const starter = path.join(folder, 'in-group');
    fs.writeFileSync(starter, `#!/bin/sh\necho $$ > ${path.join(this.#folder, 'cgroup.procs')}\nexec ${program} "$@"\n`, { mode: 0o755 });
    return starter;
  }

  /** The most that was in use, MiB, pages of files included, and how often the kernel ended somebody for want of memory. */
  told() {
    const read = (name) => fs.readFileSync(path.join(this.#folder, name), 'utf8');
    const [events, peak] = this.#version === 1 ? ['memory.oom_control', 'memory.max_usage_in_bytes'] : ['memory.events', 'memory.peak'];
    return {
      killed: Number(/^oom_kill (\d+)/m.exec(read(events))?.[1] ?? 0),
      peakMiB: fs.existsSync(path.join(this.#folder, peak)) ? Math.round(Number(read(peak)) / (1 << 20)) : null,
    };
  }

  remove() {
    for (let tries = 0; tries < 50; tries++) {
      try {
        fs.rmdirSync(this.#folder);
        return;
      } catch {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      }
    }
  }

  #write(name, value) {
    fs.writeFileSync(path.join(this.#folder, name), String(value));
  }
}
