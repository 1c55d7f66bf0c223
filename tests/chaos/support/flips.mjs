// Where bits are flipped, and who has to notice. A place flips some bits at once, each in a thing of its own, looks, and puts them back.
import { randomInt } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { FORM_ID } from '../../../bench/load/household.mjs';
import { sha256 } from './phones.mjs';
import { filesBelow } from './search.mjs';
import { run, sql } from './trial.mjs';

const COPIES = 'another copy is whole and was used';

/** So many different things of a list, at random. */
const some = (list, count) => list.map((one) => [Math.random(), one]).sort(([a], [b]) => a - b).slice(0, count).map(([, one]) => one);

/** Flips one bit of a file; gives what puts it back. Size, owner and mode stay. */
const flipFile = (file, from = 0, to = fs.statSync(file).size) => {
  const at = randomInt(from, to);
  const bytes = Buffer.alloc(1);
  const handle = fs.openSync(file, 'r+');
  const write = (value) => fs.writeSync(handle, Buffer.from([value]), 0, 1, at);
  fs.readSync(handle, bytes, 0, 1, at);
  write(bytes[0] ^ (1 << randomInt(8)));
  return { file, at, undo: () => { write(bytes[0]); fs.closeSync(handle); } };
};

/** Flips one bit of a column of type bytea in a row; gives what puts it back. */
const flipColumn = async (server, table, column, where) => {
  const old = (await sql(server, `select encode(${column}, 'hex') from ${table} where ${where};`)).trim();
  const bytes = Buffer.from(old, 'hex');
  bytes[randomInt(bytes.length)] ^= 1 << randomInt(8);
  // Tables of the ledger refuse every change; a disk does not ask.
  const write = (hex) => sql(server, `set session_replication_role = replica; update ${table} set ${column} = '\\x${hex}' where ${where};`);
  await write(bytes.toString('hex'));
  return { undo: () => write(old) };
};

const refusedOrBytes = async (server, address) => {
  try {
    const answer = await server.call('GET', address);
    // A name that does not open is shown as that, and hides no other.
    return answer.status === 200 && !answer.bytes.includes('[unreadable name]') ? sha256(answer.bytes) : null;
  } catch {
    return null;
  }
};

// What is read of each submission, in this order.
const READ = ['its instance', 'what is known of it', 'its list of files', 'its photo'];

/** What the server gives of a submission: its instance, what is known of it, its list of files and the files; null for what it refuses. */
const readSubmission = async (server, project, { instanceId, photo }) => {
  const address = `/v1/projects/${project}/forms/${FORM_ID}/submissions/${encodeURIComponent(instanceId)}`;
  return Promise.all([`${address}.xml`, address, `${address}/attachments`, `${address}/attachments/${encodeURIComponent(photo.name)}`]
    .map((one) => refusedOrBytes(server, one)));
};

/** How the flips of one round ended: noticed, passed over (right content, nothing told), or served wrong. */
const judge = (before, after) => (after.some((one, index) => one !== null && one !== before[index]) ? 'wrong'
  : after.some((one, index) => one === null && before[index] !== null) ? 'refused' : 'same');

const verify = async (server) => {
  const told = await run(server.program, ['verify', '--data', server.data, '--json']);
  return { code: told.code, findings: told.code === 0 || told.code === 30 || told.code === 31 ? JSON.parse(told.stdout).findings : [], stderr: told.stderr };
};

/** Files of submissions in DATA/blobs: the server must refuse each. */
export const blobs = async ({ server, project, submissions, readAll }, count) => {
  const folder = path.join(server.data, 'blobs');
  const names = (await sql(server, `select encode(blob, 'hex') from submissions.attachments where blob is not null;`)).trim().split('\n');
  const byName = new Map(filesBelow(folder).map((file) => [path.basename(file), file]));
  const flips = some(names, count).map((name) => flipFile(byName.get(name)));
  const after = await Promise.all(submissions.map((one) => readSubmission(server, project, one)));
  flips.forEach(({ undo }) => undo());
  const ends = after.map((one, index) => judge(readAll[index], one));
  return { flips: flips.length, noticed: ends.filter((end) => end === 'refused').length, wrong: ends.filter((end) => end === 'wrong').length };
};

const SEALED = [['submissions.versions', 'xml'], ['submissions.versions', 'meta'], ['submissions.versions', 'content_mac'], ['submissions.attachments', 'name']];

/**
 * Sealed columns and hashes of submissions: the server must refuse, or “fieldkeep verify” must name the submission. What a phone told of itself is left out where
 * it does not open, so that it hides no answers: that counts as noticed when verify names it, and only then.
 */
export const answers = async ({ server, project, submissions, readAll }, count) => {
  const chosen = some(submissions.map((one, index) => ({ ...one, index })), count);
  const undo = [];
  for (const [n, one] of chosen.entries()) {
    [one.table, one.column] = SEALED[n % SEALED.length];
    const row = `submission_id = (select id from submissions.submissions where instance_id = '${one.instanceId}')`;
    undo.push((await flipColumn(server, one.table, one.column, row)).undo);
  }
  const after = await Promise.all(chosen.map((one) => readSubmission(server, project, one)));
  const { findings } = await verify(server);
  for (const one of undo) {
    await one();
  }
  const found = { flips: chosen.length, noticed: 0, wrong: 0, passedOver: [], missed: [] };
  for (const [n, one] of chosen.entries()) {
    const isLeftOut = one.column === 'meta' && after[n].every((got, part) => got === readAll[one.index][part] || part === 1);
    const end = isLeftOut ? 'same' : judge(readAll[one.index], after[n]);
    const isTold = findings.some(({ submission }) => submission === one.instanceId);
    const served = after[n].findIndex((got, part) => got !== null && got !== readAll[one.index][part]);
    found.wrong += end === 'wrong' ? 1 : 0;
    const words = `${one.table}.${one.column}: ${READ[served]} was served otherwise, ${isTold ? 'verify tells' : 'untold'}`;
    found.missed.push(...(end === 'wrong' || (isLeftOut && !isTold) ? [words] : []));
    found.noticed += end === 'refused' || (end === 'same' && isTold) ? 1 : 0;
    found.passedOver.push(...(end === 'same' && !isTold && !isLeftOut ? [`${one.table}.${one.column}`] : []));
  }
  return found;
};

const LEDGER = [
  { table: 'ledger.entries', column: 'body', key: 'id', tells: (finding, key) => String(finding.entry) === key },
  { table: 'ledger.entries', column: 'leaf', key: 'id', tells: (finding, key) => String(finding.entry) === key },
  { table: 'ledger.leaves', column: 'leaf', key: 'leaf_index', tells: (finding, key) => String(finding.leaf) === key },
  { table: 'ledger.checkpoints', column: 'root', key: 'size', tells: (finding, key) => String(finding.checkpoint) === key },
  { file: ['checkpoints', 'log'], tells: (finding) => finding.what.startsWith('file.') },
];

/** Rows of the ledger and the file of its checkpoints: “fieldkeep verify” must name each. */
export const ledger = async ({ server }, count) => {
  const chosen = LEDGER.slice(0, count);
  // Rows of one entry would be named once for two flips: each table gives another.
  const keys = new Set();
  for (const one of chosen.filter(({ table }) => table)) {
    const taken = [...keys].join(',') || '-1';
    one.keyOf = (await sql(server, `select ${one.key} from ${one.table} where ${one.key} not in (${taken}) order by random() limit 1;`)).trim();
    [-1, 0, 1].forEach((beside) => keys.add(Number(one.keyOf) + beside));
    one.undo = (await flipColumn(server, one.table, one.column, `${one.key} = ${one.keyOf}`)).undo;
  }
  for (const one of chosen.filter(({ file }) => file)) {
    one.undo = flipFile(path.join(server.data, ...one.file)).undo;
  }
  const { code, findings } = await verify(server);
  for (const one of chosen) {
    await one.undo();
  }
  const missed = chosen.filter((one) => !findings.some((finding) => one.tells(finding, one.keyOf)));
  return {
    flips: chosen.length, noticed: code === 30 ? chosen.length - missed.length : 0, wrong: 0,
    missed: missed.map(({ table, column }) => (table ? `${table}.${column}` : 'checkpoints/log')),
  };
};

/** The root key, and both copies of the keyring at once: nothing may open. One copy alone: the other has to be used. */
export const keyring = async ({ server }, count, round) => {
  const copies = [path.join(server.data, 'keys', 'keyring'), path.join(server.data, 'keys', 'copy', 'keyring')];
  const sets = [[path.join(server.data, 'keys', 'root.key')], copies, [copies[0]], [copies[1]]];
  const found = { flips: 0, noticed: 0, wrong: 0, passedOver: [], missed: [] };
  for (let n = 0; found.flips < count; n++) {
    const files = sets[(n + round) % sets.length];
    const flips = files.map((file) => flipFile(file));
    const { code } = await verify(server);
    flips.forEach(({ undo }) => undo());
    const isAlone = files.length === 1 && copies.includes(files[0]);
    found.flips += flips.length;
    found.noticed += !isAlone && code !== 0 ? flips.length : 0;
    found.passedOver.push(...(isAlone && code === 0 ? [COPIES] : []));
    found.missed.push(...(isAlone === (code === 0) ? [] : flips.map(({ file, at }) => `${path.basename(file)} at ${at}: verify ended with ${code}`)));
  }
  return found;
};

/** A file of the backup directory: “fieldkeep verify-backup” must refuse it. Of the keyring there, which has two copies, both. */
export const backup = async ({ server, target }, count) => {
  const found = { flips: 0, noticed: 0, wrong: 0, passedOver: [], missed: [] };
  const files = filesBelow(target).filter((file) => fs.statSync(file).size > 0);
  while (found.flips < count) {
    // Half of them by file, so that small ones have their turn; half by size.
    const total = files.reduce((sum, file) => sum + fs.statSync(file).size, 0);
    let left = randomInt(total);
    const chosen = found.flips % 2 === 0 ? some(files, 1)[0] : files.find((file) => { left -= fs.statSync(file).size; return left < 0; });
    const set = chosen.endsWith('/keyring') ? files.filter((file) => file.endsWith('/keyring')) : [chosen];
    const flips = set.map((file) => flipFile(file));
    const told = await run(server.program, ['verify-backup', '--from', target, '--root-key', path.join(server.data, 'keys', 'root.key')]);
    flips.forEach(({ undo }) => undo());
    found.flips += flips.length;
    found.noticed += told.code === 0 ? 0 : flips.length;
    // It tells directories from each other and holds nothing of anybody.
    if (told.code === 0) {
      (chosen.endsWith('keys/id') ? found.passedOver : found.missed).push(chosen.slice(target.length + 1));
    }
  }
  return found;
};

/** The journal's last segment after the server was killed: the next start must tell, or lose nothing where a torn write is not to be told apart. */
export const journal = async ({ server, project, submissions, readAll, send }, count) => {
  const found = { flips: 0, noticed: 0, wrong: 0, passedOver: [], missed: [] };
  const folder = path.join(server.data, 'journal');
  while (found.flips < count) {
    await send();
    await server.kill();
    const segment = fs.readdirSync(folder).filter((name) => name.endsWith('.fkj')).sort().at(-1);
    const bytes = fs.readFileSync(path.join(folder, segment));
    const written = bytes.findLastIndex((byte) => byte !== 0) + 1;
    const { at } = flipFile(path.join(folder, segment), 0, written);
    server.log = '';
    await server.start();
    const told = await run(server.program, ['journal', '--data', server.data]);
    const after = await Promise.all(submissions.map((one) => readSubmission(server, project, one)));
    const isTold = told.stdout.includes('damaged: ') || told.stdout.includes('is closed') || server.log.includes('journal is damaged');
    found.flips++;
    found.wrong += after.filter((one, index) => judge(readAll[index], one) !== 'same').length;
    found.noticed += isTold ? 1 : 0;
    // The last batch ends in the last 4,096 bytes that were written, or begins earlier if it is long.
    found.passedOver.push(...(isTold ? [] : [at >= written - 16_384 ? 'in the last batch, like a torn write; the database has all of it' : `at ${at} of ${written}`]));
    found.missed.push(...(isTold || at >= written - 16_384 ? [] : [`${segment} at ${at} of ${written}, which says: ${told.stdout}`]));
    // Damaged segments stay until a person removes them.
    fs.readdirSync(folder).filter((name) => name.endsWith('.fkx')).forEach((name) => fs.rmSync(path.join(folder, name)));
  }
  return found;
};

/** Pages of PostgreSQL's files while it is stopped: its checksums, which it looks at whenever it reads a page, must not hold. */
export const pages = async ({ server, postgresBin }, count) => {
  const data = path.join(server.data, 'postgres');
  const files = filesBelow(path.join(data, 'base')).filter((file) => /\/\d+(_fsm|_vm)?(\.\d+)?$/.test(file) && fs.statSync(file).size > 0);
  const flips = [];
  const found = { flips: 0, noticed: 0, wrong: 0, passedOver: [], missed: [] };
  for (const file of some(files, count)) {
    const page = randomInt(fs.statSync(file).size / 8192);
    const isNew = fs.readFileSync(file).subarray(page * 8192, (page + 1) * 8192).every((byte) => byte === 0);
    const flip = flipFile(file, page * 8192, (page + 1) * 8192);
    flips.push(flip);
    found.passedOver.push(...(isNew ? ['a page that was never used'] : []));
    flip.name = isNew ? null : `"${file}", block ${page}:`;
  }
  const asOwner = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  const told = await run('/usr/bin/env', [...asOwner, path.join(postgresBin, 'pg_checksums'), '--check', '-D', data]);
  flips.forEach(({ undo }) => undo());
  found.flips = flips.length;
  for (const { name, file, at } of flips.filter((flip) => flip.name !== null)) {
    found[told.stderr.includes(name) ? 'noticed' : 'missed'] = told.stderr.includes(name) ? found.noticed + 1 : [...found.missed, `${file} at ${at}`];
  }
  return found;
};

/** The control: names are kept clear and nothing guards them; this must be served wrong. */
export const clearNames = async ({ server, project }) => {
  const name = (await sql(server, `select name from organisations.projects where id = ${project};`)).trim();
  const write = (text) => sql(server, `update organisations.projects set name = '${text}' where id = ${project};`);
  await write(name.replace(/^./, (letter) => String.fromCharCode(letter.charCodeAt(0) ^ 1)));
  const told = (await server.need(200, 'GET', `/v1/projects/${project}`)).json.name;
  const { code } = await verify(server);
  await write(name);
  return { flips: 1, noticed: code === 0 ? 0 : 1, wrong: told === name ? 0 : 1 };
};
