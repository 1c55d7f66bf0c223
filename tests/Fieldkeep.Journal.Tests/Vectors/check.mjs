// Writes the segment of the intake journal (docs/formats/intake-journal.md) that the vector beside it names, with nothing but Node's crypto module.
import { createCipheriv, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';

const BLOCK = 4096;
const vector = Object.fromEntries(readFileSync(new URL('segment.txt', import.meta.url), 'utf8').split('\n')
  .filter((line) => line.includes(' = ') && !line.startsWith('#')).map((line) => line.split(' = ')));
const hex = (text) => Buffer.from(text, 'hex');
const uuid = (text) => hex(text.replaceAll('-', ''));
const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32LE(n); return b; };
const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64LE(BigInt(n)); return b; };

const clear = Buffer.concat([Buffer.from('FKJRNL1\n'), uuid(vector.installation), uuid(vector.keyid), u64(vector.number), u64(vector.openedAt),
  u64(vector.before), u64(vector.beforeEnd)]);
const salt = hex(vector.salt);
const key = Buffer.from(hkdfSync('sha256', hex(vector.key), salt, Buffer.concat([Buffer.from('fieldkeep intake journal segment v1\0'), clear]), 32));

function seal(nonce, associated, plain) {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(associated);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function frame(offset, index, kind, id, at, payload) {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(offset / BLOCK));
  nonce.writeUInt32BE(index, 8);
  const plain = Buffer.concat([Buffer.from([kind]), uuid(id), u64(at), payload]);
  return Buffer.concat([u32(plain.length), seal(nonce, u32(plain.length), plain)]);
}

const header = Buffer.concat([clear, salt, seal(Buffer.alloc(12, 0xff), Buffer.concat([clear, salt]), Buffer.alloc(0))]);
const batch = Buffer.concat([
  frame(BLOCK, 0, 1, vector.first, vector.firstAt, hex(vector.firstContent)),
  frame(BLOCK, 1, 1 | 0x80, vector.second, vector.secondAt, hex(vector.secondContent))]);
const withdrawal = frame(2 * BLOCK, 0, 3 | 0x80, vector.first, vector.withdrawnAt, Buffer.alloc(0));
const end = frame(3 * BLOCK, 0, 2 | 0x80, '00000000-0000-0000-0000-000000000000', vector.endAt, Buffer.alloc(0));

for (const [name, bytes] of Object.entries({ header, batch, withdrawal, end })) {
  if (process.argv[2] === '--print') {
    console.log(`${name} = ${bytes.toString('hex')}`);
  } else {
    const ok = bytes.toString('hex') === vector[name];
    console.log(`${name} ${ok ? 'ok' : 'WRONG'}`);
    process.exitCode ||= ok ? 0 : 1;
  }
}
