// What an authenticator app computes (RFC 6238): HMAC-SHA-1, six digits, steps of 30 seconds.
import { createHmac } from 'node:crypto';

const stepMs = 30_000;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function bytesOf(base32) {
    const bits = [...base32.replaceAll(' ', '')]
        .map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0'))
        .join('');
    return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

/** The code of now, or of some steps from now: a server takes one step either side, and each code once. */
export function totpOf(secret, steps = 0) {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / stepMs) + steps));
    const hash = createHmac('sha1', bytesOf(secret)).update(counter).digest();
    const number = (hash.readUInt32BE(hash.at(-1) & 0x0f) & 0x7fffffff) % 1_000_000;
    return String(number).padStart(6, '0');
}
