// What processes use, read from /proc: processor time and memory of a process with all its children.
import fs from 'node:fs';

const TICKS_PER_SECOND = 100;

const statOf = (pid) => {
  const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { parent: fields[1], ticks: Number(fields[11]) + Number(fields[12]), reaped: Number(fields[13]) + Number(fields[14]) };
};

const all = () => {
  const found = new Map();
  for (const pid of fs.readdirSync('/proc')) {
    if (/^\d+$/.test(pid)) {
      try {
        found.set(pid, statOf(pid));
      } catch {
        // It ended while we looked.
      }
    }
  }
  return found;
};

/** A process and its descendants: their ids and the seconds of processor they have used. */
export const treeOf = (root) => {
  const stats = all();
  const pids = [String(root)];
  for (let at = 0; at < pids.length; at++) {
    for (const [pid, stat] of stats) {
      if (stat.parent === pids[at]) {
        pids.push(pid);
      }
    }
  }
  const ticks = pids.reduce((sum, pid) => sum + (stats.get(pid)?.ticks ?? 0), stats.get(String(root))?.reaped ?? 0);
  return { pids, cpuSeconds: ticks / TICKS_PER_SECOND };
};

/** Resident memory of some processes in MiB; shared pages count once for each. */
export const residentMiB = (pids, key = 'VmRSS') => {
  let kilobytes = 0;
  for (const pid of pids) {
    try {
      kilobytes += Number(new RegExp(`${key}:\\s+(\\d+)`).exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      // It ended.
    }
  }
  return Math.round(kilobytes / 102.4) / 10;
};

/** Seconds of processor used by the whole machine since it started. */
export const machineCpuSeconds = () => {
  const [user, nice, system, , , irq, softirq] = fs.readFileSync('/proc/stat', 'utf8').split('\n')[0].trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
};

/** Watches named processes: `stop()` gives {name: {cores, peakMiB, endMiB}}. */
export const watch = (roots) => {
  const since = performance.now();
  const before = Object.fromEntries(Object.entries(roots).map(([name, pid]) => [name, treeOf(pid)]));
  const peak = Object.fromEntries(Object.entries(before).map(([name, tree]) => [name, residentMiB(tree.pids)]));
  const timer = setInterval(() => {
    for (const [name, tree] of Object.entries(before)) {
      peak[name] = Math.max(peak[name], residentMiB(tree.pids));
    }
  }, 100);
  return {
    stop() {
      clearInterval(timer);
      const seconds = (performance.now() - since) / 1000;
      return Object.fromEntries(Object.entries(roots).map(([name, pid]) => {
        const now = treeOf(pid);
        return [name, {
          cores: Math.round((now.cpuSeconds - before[name].cpuSeconds) / seconds * 100) / 100,
          peakMiB: peak[name],
          endMiB: residentMiB(now.pids),
        }];
      }));
    },
  };
};
