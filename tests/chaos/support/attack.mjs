#!/usr/bin/env node
// What somebody who took a server over may try on a backup directory, run as that server's user: node attack.mjs FOLDER COUNT [NAMES]
// Deletes, cuts, overwrites, renames, swaps, links over, closes, dates ahead, plants. Prints {attempts, succeeded} as JSON. NAMES: a file with the names below
// FOLDER, for a folder that cannot be listed.
import { randomBytes, randomInt } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const [folder, count, names] = process.argv.slice(2);
const list = () => fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  .map((one) => path.relative(folder, path.join(one.parentPath, one.name)));
let known = names ? fs.readFileSync(names, 'utf8').split('\n').filter(Boolean) : list();
// The source's own id stays: without it nothing at all is looked at any more.
known = known.filter((name) => name !== 'keys/id' && !name.endsWith('lock'));
const any = () => path.join(folder, known[randomInt(known.length)]);
const other = (file) => {
  const same = known.filter((name) => path.dirname(path.join(folder, name)) === path.dirname(file) && path.join(folder, name) !== file);
  return same.length > 0 ? path.join(folder, same[randomInt(same.length)]) : any();
};
const ahead = new Date(Date.now() + 4000 * 86_400_000);

// Not the folder that the source's id lies in.
const folderOf = (file) => {
  if (path.relative(folder, path.dirname(file)) === 'keys') {
    throw new Error('nothing would be looked at');
  }
  return path.dirname(file);
};

const attempts = {
  delete: (file) => fs.unlinkSync(file),
  deleteFolder: (file) => fs.rmSync(folderOf(file), { recursive: true }),
  cut: (file) => fs.truncateSync(file, Math.floor(fs.statSync(file).size / 2)),
  empty: (file) => fs.truncateSync(file, 0),
  overwrite: (file) => {
    const handle = fs.openSync(file, 'r+');
    fs.writeSync(handle, randomBytes(64), 0, 64, randomInt(Math.max(1, fs.fstatSync(handle).size)));
    fs.closeSync(handle);
  },
  replace: (file) => fs.writeFileSync(file, randomBytes(randomInt(1, 100_000))),
  append: (file) => fs.appendFileSync(file, randomBytes(1000)),
  rename: (file) => fs.renameSync(file, `${file}.gone`),
  renameOver: (file) => fs.renameSync(other(file), file),
  swap: (file) => {
    const two = other(file);
    fs.renameSync(file, `${file}.swapped`);
    fs.renameSync(two, file);
    fs.renameSync(`${file}.swapped`, two);
  },
  linkOver: (file) => {
    fs.unlinkSync(file);
    fs.symlinkSync('/dev/zero', file);
  },
  linkFolder: (file) => {
    fs.renameSync(folderOf(file), `${folderOf(file)}-aside`);
    fs.symlinkSync('/etc', folderOf(file));
  },
  close: (file) => fs.chmodSync(file, 0),
  ahead: (file) => fs.utimesSync(file, ahead, ahead),
  nameAhead: (file) => {
    const backup = known.find((name) => name.startsWith('backups/2'))?.split('/')[1];
    fs.cpSync(path.join(folder, 'backups', backup), path.join(folder, 'backups', `29${randomInt(10, 99)}0101T000000Z${backup.slice(16)}`), { recursive: true });
    return file;
  },
  plant: (file) => fs.writeFileSync(path.join(path.dirname(file), randomBytes(32).toString('hex')), 'nothing of that name'),
};

const succeeded = {};
for (let done = 0; done < Number(count); done++) {
  if (known.length === 0) {
    break;
  }
  const kinds = Object.keys(attempts);
  const kind = kinds[done % kinds.length];
  const file = any();
  try {
    attempts[kind](file);
    succeeded[kind] = (succeeded[kind] ?? 0) + 1;
  } catch {
    // Refused, or gone already.
  }
}
console.log(JSON.stringify({ attempts: Number(count), succeeded }));
