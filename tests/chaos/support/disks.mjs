// Small file systems in the place of a server's folders, full at will. Needs root.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const MIB = 1 << 20;
const mount = (...args) => execFileSync('mount', args, { stdio: ['ignore', 'ignore', 'pipe'] });

/** Why file systems cannot be mounted here; null when they can. */
export const whyNoMounts = () => {
  if (process.getuid() !== 0) {
    return 'it needs root, to mount small file systems';
  }
  const point = fs.mkdtempSync('/tmp/fieldkeep-mount-');
  try {
    mount('-t', 'tmpfs', '-o', 'size=1m', 'fieldkeep-trial', point);
    execFileSync('umount', [point]);
    return null;
  } catch (problem) {
    return `a tmpfs cannot be mounted: ${problem.message.split('\n')[0]}`;
  } finally {
    fs.rmdirSync(point);
  }
};

/** A file system of so many bytes in the place of a folder, with all that lay in it; the folder comes back, as it is then, with `release`. */
export class SmallDisk {
  #folder; #filler = null; #isMounted = true;

  constructor(folder, bytes) {
    this.#folder = folder;
    const { uid, gid, mode } = fs.statSync(folder);
    const aside = `${folder}.aside`;
    fs.renameSync(folder, aside);
    fs.mkdirSync(folder);
    mount('-t', 'tmpfs', '-o', `size=${bytes},uid=${uid},gid=${gid},mode=${(mode & 0o7777).toString(8)}`, 'fieldkeep-trial', folder);
    execFileSync('cp', ['-a', `${aside}/.`, folder]);
    fs.rmSync(aside, { recursive: true });
    // Nothing stays mounted behind somebody who breaks the trial off.
    process.once('exit', () => this.release());
    process.once('SIGTERM', () => process.exit(143));
    process.once('SIGINT', () => process.exit(130));
  }

  get freeBytes() {
    const { bavail, bsize } = fs.statfsSync(this.#folder);
    return bavail * bsize;
  }

  /** Takes all the room that is left, to the last byte. */
  fill() {
    this.#filler ??= fs.openSync(path.join(this.#folder, 'filler'), 'a', 0o600);
    for (let size = 8 * MIB; size >= 1;) {
      try {
        fs.writeSync(this.#filler, Buffer.alloc(size));
      } catch (problem) {
        if (problem.code !== 'ENOSPC') {
          throw problem;
        }
        size = Math.floor(size / 8);
      }
    }
  }

  /** Gives the room back. */
  free() {
    if (this.#filler !== null) {
      fs.closeSync(this.#filler);
      this.#filler = null;
      fs.rmSync(path.join(this.#folder, 'filler'));
    }
  }

  release() {
    if (this.#isMounted) {
      this.#isMounted = false;
      execFileSync('umount', ['-l', this.#folder], { stdio: 'ignore' });
    }
  }
}
