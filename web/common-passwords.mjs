// Writes the list of common passwords that the server refuses, from the frequency list of @zxcvbn-ts/language-common:
// the first 5 bytes of the SHA-256 of each in lower case, sorted. Run it when that package changes; commit what it writes.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dictionary } from '@zxcvbn-ts/language-common';

const file = new URL('../src/Fieldkeep.Server/Accounts/Passwords/common-passwords.bin', import.meta.url);
const known = new Set(dictionary.passwords.map((password) => password.toLowerCase()));
const prefixes = [...known]
    .map((password) => createHash('sha256').update(password, 'utf8').digest().subarray(0, 5))
    .sort(Buffer.compare);
writeFileSync(file, Buffer.concat(prefixes));
console.log(`${known.size} passwords, ${prefixes.length * 5} bytes`);
