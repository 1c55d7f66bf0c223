// A second, independent implementation of the envelope (docs/formats/envelope.md) and the keyring
// (docs/formats/keyring.md) for Node, with nothing but its crypto module. Checks the vectors beside it.
import { createCipheriv, createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

const CHUNK = 16384;

/** Reads blocks of `name = value` lines, separated by empty lines; # begins a comment. */
function blocks(file) {
  return readFileSync(new URL(file, import.meta.url), 'utf8').split(/\n\s*\n/)
    .map((block) => block.split('\n').filter((line) => line.includes('=') && !line.startsWith('#')))
    .filter((lines) => lines.length > 0)
    .map((lines) => Object.fromEntries(lines.map((line) => line.split(' = ').map((part) => part.trim()))));
}

const hex = (text) => Buffer.from(text, 'hex');
const uuid = (text) => hex(text.replaceAll('-', ''));
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32LE(n); return b; };
const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64LE(BigInt(n)); return b; };
const lp = (bytes) => Buffer.concat([u32(bytes.length), bytes]);

/** Content is hex, or `pattern N`: N bytes, byte i is (7 i + N) mod 256. */
function content(text) {
  if (!text.startsWith('pattern ')) return hex(text);
  const length = Number(text.slice(8));
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255));
}

function expand(hash, key, info, length) {
  let block = Buffer.alloc(0);
  let all = Buffer.alloc(0);
  for (let n = 1; all.length < length; n++) {
    block = createHmac(hash, key).update(block).update(info).update(Buffer.from([n])).digest();
    all = Buffer.concat([all, block]);
  }
  return all.subarray(0, length);
}

function derive(v, header, salt) {
  const context = Buffer.concat([Buffer.from('fk1'), header, lp(uuid(v.installation)), lp(uuid(v.project)),
    lp(Buffer.from(v.column, 'utf8')), lp(uuid(v.row)), lp(u64(v.version))]);
  const info = Buffer.concat([Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0'), salt, context]);
  const okm = expand('sha512', hex(v.key), info, 76);
  return { key: okm.subarray(0, 32), nonce: okm.subarray(32, 44), commitment: okm.subarray(44) };
}

function nonceOf(base, k) {
  const nonce = Buffer.from(base);
  nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ BigInt(k), 4);
  return nonce;
}

function seal(v) {
  const header = Buffer.concat([Buffer.from([0xfb, 1, Number(v.flags), Number(v.purpose)]), uuid(v.keyid)]);
  const salt = hex(v.salt);
  const d = derive(v, header, salt);
  const plain = content(v.content);
  const parts = [header, salt, d.commitment];
  for (let k = 0; k <= Math.floor(plain.length / CHUNK); k++) {
    const cipher = createCipheriv('aes-256-gcm', d.key, nonceOf(d.nonce, k));
    parts.push(cipher.update(plain.subarray(k * CHUNK, (k + 1) * CHUNK)), cipher.final(), cipher.getAuthTag());
  }
  return Buffer.concat(parts);
}

function open(v, envelope) {
  const d = derive(v, envelope.subarray(0, 20), envelope.subarray(20, 44));
  if (!timingSafeEqual(d.commitment, envelope.subarray(44, 76))) throw new Error('commitment');
  const parts = [];
  for (let at = 76, k = 0; at < envelope.length; at += CHUNK + 16, k++) {
    const chunk = envelope.subarray(at, at + CHUNK + 16);
    const cipher = createDecipheriv('aes-256-gcm', d.key, nonceOf(d.nonce, k));
    cipher.setAuthTag(chunk.subarray(-16));
    parts.push(cipher.update(chunk.subarray(0, -16)), cipher.final());
  }
  return restore(envelope[2], Buffer.concat(parts));
}

function restore(flags, bytes) {
  if (flags & 2) {
    let end = bytes.length - 1;
    while (bytes[end] === 0) end--;
    if (bytes[end] !== 0x80) throw new Error('padding');
    bytes = bytes.subarray(0, end);
  }
  if (flags & 1) {
    const plain = brotliDecompressSync(bytes.subarray(4));
    if (plain.length !== bytes.readUInt32LE(0)) throw new Error('length');
    return plain;
  }
  return bytes;
}

/** AES-KWP (RFC 5649) unwrapping. */
function unwrap(key, wrapped) {
  const cipher = createDecipheriv('id-aes256-wrap-pad', key, Buffer.from('a65959a6', 'hex'));
  return Buffer.concat([cipher.update(wrapped), cipher.final()]);
}

function openKeyring(root, ring) {
  const label = (text) => expand('sha256', root, Buffer.from(text), 32);
  if (ring.toString('latin1', 0, 8) !== 'FKRING1\n') throw new Error('magic');
  if (!sha256(ring.subarray(0, -32)).equals(ring.subarray(-32))) throw new Error('checksum');
  const mac = createHmac('sha256', label('fieldkeep root keyring-mac v1')).update(ring.subarray(0, -64)).digest();
  if (!mac.equals(ring.subarray(-64, -32))) throw new Error('mac');
  if (!label('fieldkeep root fingerprint v1').subarray(0, 16).equals(ring.subarray(32, 48))) throw new Error('fingerprint');
  const epoch = unwrap(label('fieldkeep root epoch-wrap v1'), ring.subarray(64, 104));
  const recovery = ring.subarray(113, 153);
  const keys = [];
  let at = 157;
  let parent = epoch;
  for (let n = ring.readUInt32LE(153); n > 0; n--) {
    const kind = ring[at];
    const length = ring.readUInt16LE(at + 42);
    const wrapped = ring.subarray(at + 44, at + 44 + length);
    const key = unwrap(kind > 16 ? parent : epoch, wrapped);
    if (kind === 16) parent = key; // the vector has its project's keys right behind their project
    keys.push({ kind, state: ring[at + 1], id: ring.toString('hex', at + 18, at + 34), key });
    at += 44 + length;
  }
  if (at !== ring.length - 64) throw new Error('length');
  return { keys, recovery };
}

function openRecovery(text, wrapped) {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  let bits = '';
  for (const c of text.replaceAll('-', '')) bits += alphabet.indexOf(c).toString(2).padStart(5, '0');
  const bytes = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const key = bytes.subarray(0, 32);
  if (!sha256(Buffer.concat([Buffer.from('fieldkeep recovery key v1'), key])).subarray(0, 3).equals(bytes.subarray(32))) throw new Error('check');
  return unwrap(expand('sha256', key, Buffer.from('fieldkeep recovery wrap v1'), 32), wrapped);
}

/** Bytes of base32 text. */
function paper(text) {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  const bits = [...text.replaceAll('-', '')].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
}

const exponents = [];
const logarithms = [];
for (let i = 0, x = 1; i < 255; i++) {
  exponents[i] = x;
  logarithms[x] = i;
  x ^= x << 1; // times x + 1, which generates the field
  if (x & 256) x ^= 0x11b;
}
const times = (a, b) => (a && b ? exponents[(logarithms[a] + logarithms[b]) % 255] : 0);
const over = (a, b) => (a ? exponents[(logarithms[a] + 255 - logarithms[b]) % 255] : 0);

function combine(texts) {
  const shares = texts.map(paper);
  for (const share of shares) {
    const check = sha256(Buffer.concat([Buffer.from('fieldkeep recovery share v1'), share.subarray(0, 37)])).subarray(0, 3);
    if (!check.equals(share.subarray(37))) throw new Error('check');
  }
  const key = Buffer.alloc(32);
  for (const share of shares) {
    const others = shares.filter((other) => other !== share);
    const weight = others.reduce((product, other) => times(product, over(other[4], other[4] ^ share[4])), 1);
    for (let at = 0; at < 32; at++) key[at] ^= times(weight, share[5 + at]);
  }
  return key;
}

let wrong = 0;
const say = (name, right) => { console.log(`${right ? 'ok' : 'WRONG'} ${name}`); wrong += right ? 0 : 1; };
for (const v of blocks('envelope.txt')) {
  const envelope = seal(v);
  say(v.name + ' seals', v.envelope ? envelope.equals(hex(v.envelope)) : sha256(envelope).equals(hex(v.sha256)));
  say(v.name + ' opens', open(v, envelope).equals(v.plain === undefined ? content(v.content) : Buffer.from(v.plain, 'utf8')));
}
for (const v of blocks('keyring.txt')) {
  const { keys, recovery } = openKeyring(hex(v.root), hex(v.keyring));
  const data = keys.find((entry) => entry.kind === 17 && entry.state === 1);
  say(v.name + ' data key', data.id === v.dataKeyId && data.key.equals(hex(v.dataKey)));
  say(v.name + ' older data key', keys.filter((entry) => entry.kind === 17 && entry.state === 2).length === 1);
  say(v.name + ' recovery', openRecovery(v.recovery, recovery).equals(hex(v.root)));
}
for (const v of blocks('shares.txt')) {
  const texts = Array.from({ length: Number(v.shares) }, (_, at) => v[`share${at + 1}`]);
  say(v.name + ', the first', combine(texts.slice(0, Number(v.needed))).equals(hex(v.key)));
  say(v.name + ', the last', combine(texts.slice(-Number(v.needed))).equals(hex(v.key)));
}
process.exit(wrong === 0 ? 0 : 1);
