// Looks at processes through /proc.
import fs from 'node:fs';

const parentOf = (pid) => {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
};

/** The processes that a process started and that run. */
export const childrenOf = (pid) => fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((one) => parentOf(one) === pid);

/** A process and all below it. */
export const treeOf = (pid) => [pid, ...childrenOf(pid).flatMap(treeOf)];

/** Whether a process runs and works in a folder. */
export const isOf = (pid, folder) => {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    return false;
  }
};
