// Finds planted texts in files, in every form in which a program might have written them down.
import fs from 'node:fs';
import path from 'node:path';

// Base64 of a text depends on where in a group of three bytes it begins; the characters that mix with neighbours are cut off.
const base64Forms = (bytes) => [0, 1, 2].map((offset) => {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const clean = whole.slice(offset === 0 ? 0 : offset + 1, Math.floor((offset + bytes.length) / 3) * 4);
  return [`base64+${offset}`, Buffer.from(clean)];
});

const urlForm = (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');

// What is written of bytes as they are.
const formsOfBytes = (bytes) => [
  ['hex', Buffer.from(bytes.toString('hex'))],
  ['HEX', Buffer.from(bytes.toString('hex').toUpperCase())],
  ...base64Forms(bytes),
  ...base64Forms(bytes).map(([form, bytes]) => [`${form} url`, Buffer.from(bytes.toString().replace(/\+/g, '-').replace(/\//g, '_'))]),
];

/** The forms of a text, or of bytes, named: [[form, bytes]]. */
export const formsOf = (text) => (Buffer.isBuffer(text) ? [['bytes', text], ...formsOfBytes(text)] : [
  ['UTF-8', Buffer.from(text)],
  ['upper case', Buffer.from(text.toUpperCase())],
  ['lower case', Buffer.from(text.toLowerCase())],
  ['UTF-16LE', Buffer.from(text, 'utf16le')],
  ['UTF-16BE', Buffer.from(text, 'utf16le').swap16()],
  ['URL', Buffer.from(urlForm(text))],
  ['backwards', Buffer.from([...text].reverse().join(''))],
  ...formsOfBytes(Buffer.from(text)),
]);

/** All files below a folder; sockets and pipes have no bytes to read. */
export const filesBelow = (folder) => fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
  const whole = path.join(folder, entry.name);
  return entry.isDirectory() ? filesBelow(whole) : entry.isFile() ? [whole] : [];
});

const PIECE = 8 * 1024 * 1024;

// All patterns are looked for in one pass (Wu and Manber 1994): what two bytes are tells how far no pattern can end. One by one, nine hundred patterns took minutes.
const searcherOf = (markers) => {
  const patterns = Object.entries(markers).flatMap(([name, text]) => formsOf(text).map(([form, bytes]) => ({ what: `${name} as ${form}`, bytes })));
  const window = Math.min(...patterns.map(({ bytes }) => bytes.length));
  if (window < 2) {
    throw new Error('a pattern of one byte is everywhere');
  }
  const shifts = new Uint8Array(65_536).fill(Math.min(window - 1, 255));
  const ending = new Map();
  for (const pattern of patterns) {
    for (let at = 1; at < window; at++) {
      const pair = (pattern.bytes[at - 1] << 8) | pattern.bytes[at];
      shifts[pair] = Math.min(shifts[pair], window - 1 - at);
    }
    const last = (pattern.bytes[window - 2] << 8) | pattern.bytes[window - 1];
    ending.set(last, [...ending.get(last) ?? [], pattern]);
  }
  const searchBytes = (bytes, found, place) => {
    for (let at = window - 1; at < bytes.length;) {
      const pair = (bytes[at - 1] << 8) | bytes[at];
      const shift = shifts[pair];
      if (shift > 0) {
        at += shift;
        continue;
      }
      const from = at - window + 1;
      for (const { what, bytes: pattern } of ending.get(pair)) {
        if (pattern.compare(bytes, from, Math.min(from + pattern.length, bytes.length)) === 0) {
          found.add(`${what} in ${place}`);
        }
      }
      at++;
    }
  };
  return { searchBytes, longest: Math.max(...patterns.map(({ bytes }) => bytes.length)) };
};

/**
 * Searches files and texts.
 * @param {Record<string, string | Buffer>} markers name → text or bytes
 * @param {string[]} files
 * @param {Record<string, Buffer>} texts name → bytes that are no file
 */
export const search = (markers, files, texts = {}) => {
  const { searchBytes, longest } = searcherOf(markers);
  const found = new Set();
  let searched = 0;
  for (const file of files) {
    let handle;
    try {
      handle = fs.openSync(file, 'r');
    } catch (problem) {
      if (problem.code === 'ENOENT') {
        continue; // A running PostgreSQL removes and renames files.
      }
      throw problem;
    }
    // Pieces overlap, so that nothing hides on a seam.
    const piece = Buffer.alloc(PIECE + longest);
    for (let at = 0; ; at += PIECE) {
      const read = fs.readSync(handle, piece, 0, piece.length, at);
      searchBytes(piece.subarray(0, read), found, file);
      searched += Math.min(read, PIECE);
      if (read < piece.length) {
        break;
      }
    }
    fs.closeSync(handle);
  }
  for (const [name, bytes] of Object.entries(texts)) {
    searchBytes(bytes, found, name);
    searched += bytes.length;
  }
  return { hits: [...found], searchedMiB: Math.round(searched / 2 ** 20) };
};
