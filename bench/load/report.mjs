// Prints what was measured, and under which conditions.
import fs from 'node:fs';
import os from 'node:os';

/** Prints rows of equal keys as a Markdown table. */
export const printTable = (rows) => {
  if (rows.length === 0) {
    return;
  }
  const keys = Object.keys(rows[0]);
  const widths = keys.map((key) => Math.max(key.length, ...rows.map((row) => String(row[key] ?? '').length)));
  const line = (cells) => `| ${cells.map((cell, index) => String(cell ?? '').padEnd(widths[index])).join(' | ')} |`;
  console.log(line(keys));
  console.log(line(widths.map((width) => '-'.repeat(width))));
  for (const row of rows) {
    console.log(line(keys.map((key) => row[key])));
  }
};

/** Prints the conditions of a measurement; a figure without them says little. */
export const conditions = (payload) => {
  const memory = Math.round(os.totalmem() / 2 ** 30);
  console.log(`\n${os.cpus().length} cores (${os.cpus()[0]?.model.trim() ?? 'unknown'}), ${memory} GB; load average ${fs.readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ')}.`);
  console.log('PostgreSQL with fsync and synchronous_commit on; every 201 after its commit; TLS; load and server share the cores.');
  if (payload) {
    console.log(`Payload: ${payload}.`);
  }
};
