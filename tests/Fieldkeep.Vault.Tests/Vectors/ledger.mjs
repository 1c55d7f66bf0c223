// A second, independent implementation of the ledger's tree, proofs and checkpoints (docs/formats/ledger.md) for Node, with nothing but its
// crypto module. Checks ledger.json beside it; with “make” it writes that file anew, with a new key, to stdout.
import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32LE(n); return b; };
const lp = (value) => { const b = Buffer.isBuffer(value) ? value : Buffer.from(value, 'utf8'); return Buffer.concat([u32(b.length), b]); };

/** The leaf of an entry. */
const leafOf = (e) => sha256(Buffer.from([0]), ...[e.at, e.actor, e.door, e.action, e.project, e.subjectKind, e.subjectId, e.row].map(lp), lp(Buffer.from(e.body, 'hex')));

/** MTH of RFC 6962, 2.1, over leaves that are hashed already. */
function root(leaves) {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0];
  const k = split(leaves.length);
  return sha256(Buffer.from([1]), root(leaves.slice(0, k)), root(leaves.slice(k)));
}

function split(n) {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** PATH(m, D[n]) of RFC 6962, 2.1.1. */
function path(m, leaves) {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k ? [...path(m, leaves.slice(0, k)), root(leaves.slice(k))] : [...path(m - k, leaves.slice(k)), root(leaves.slice(0, k))];
}

/** SUBPROOF(m, D[n], b) of RFC 6962, 2.1.2. */
function subproof(m, leaves, whole) {
  if (m === leaves.length) return whole ? [] : [root(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), whole), root(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), root(leaves.slice(0, k))];
}

const textOf = (c) => `${c.origin}\n${c.size}\n${c.root}\ntime ${c.time}\nprevious ${c.previousSize} ${c.previousRoot}\n`;

function make() {
  const leaves = Array.from({ length: 23 }, (_, n) => sha256(Buffer.from([0]), Buffer.from(`leaf ${n}`)));
  const entry = {
    at: '1795253700123456', actor: '7', door: 'OpenRosa', action: 'submission.create', project: '3', subjectKind: 'submission',
    subjectId: 'uuid:0198f4c2-9d1e-7c3a-8f5b-2a6d4e8c1b70', row: '019a9c1e-52b4-7d10-9a77-6f0e1d2c3b4a', body: Buffer.from('sealed bytes').toString('hex'),
  };
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const checkpoint = {
    origin: 'fieldkeep/6f9619ff-8b86-4011-b42d-00c04fc964ff', size: leaves.length, root: root(leaves).toString('base64'), time: '2026-11-21T21:55:00.123456Z',
    previousSize: 7, previousRoot: root(leaves.slice(0, 7)).toString('base64'),
  };
  const signature = sign('sha256', Buffer.from(textOf(checkpoint)), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const marked = Buffer.concat([sha256(spki).subarray(0, 4), signature]).toString('base64');
  return {
    entry: { ...entry, leaf: leafOf(entry).toString('hex') },
    leaves: leaves.map((leaf) => leaf.toString('hex')),
    roots: Array.from({ length: leaves.length + 1 }, (_, n) => root(leaves.slice(0, n)).toString('hex')),
    inclusion: [[0, 1], [0, 23], [5, 8], [6, 7], [16, 17], [22, 23]].map(([index, size]) => ({
      index, size, path: path(index, leaves.slice(0, size)).map((hash) => hash.toString('hex')),
    })),
    consistency: [[1, 23], [4, 8], [6, 8], [7, 23], [16, 23], [23, 23]].map(([earlier, size]) => ({
      earlier, size, path: subproof(earlier, leaves.slice(0, size), true).map((hash) => hash.toString('hex')),
    })),
    checkpoint: { ...checkpoint, publicKey: spki.toString('base64'), note: `${textOf(checkpoint)}\n— ${checkpoint.origin} ${marked}\n` },
  };
}

function check(v) {
  const leaves = v.leaves.map((leaf) => Buffer.from(leaf, 'hex'));
  const same = (hashes, expected) => JSON.stringify(hashes.map((hash) => hash.toString('hex'))) === JSON.stringify(expected);
  const c = v.checkpoint;
  const spki = Buffer.from(c.publicKey, 'base64');
  const key = createPublicKey({ key: spki, type: 'spki', format: 'der' });
  const marked = Buffer.from(c.note.trimEnd().split(' ').at(-1), 'base64');
  return {
    leaf: leafOf(v.entry).toString('hex') === v.entry.leaf,
    roots: v.roots.every((hash, n) => root(leaves.slice(0, n)).toString('hex') === hash),
    inclusion: v.inclusion.every((p) => same(path(p.index, leaves.slice(0, p.size)), p.path)),
    consistency: v.consistency.every((p) => same(subproof(p.earlier, leaves.slice(0, p.size), true), p.path)),
    note: c.note.startsWith(`${textOf(c)}\n— ${c.origin} `) && sha256(spki).subarray(0, 4).equals(marked.subarray(0, 4)),
    signature: verify('sha256', Buffer.from(textOf(c)), { key, dsaEncoding: 'ieee-p1363' }, marked.subarray(4)),
  };
}

if (process.argv[2] === 'make') {
  console.log(JSON.stringify(make(), null, 1));
} else {
  const results = check(JSON.parse(readFileSync(new URL('ledger.json', import.meta.url), 'utf8')));
  for (const [name, right] of Object.entries(results)) console.log(`${right ? 'ok' : 'WRONG'} ${name}`);
  process.exitCode = Object.values(results).every(Boolean) ? 0 : 1;
}
