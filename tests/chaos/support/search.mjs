// Finds planted texts in files, in every form in which a program might have written them down.
import fs from 'node:fs';
import path from 'node:path';

// Base64 of a text depends on where in a group of three bytes it begins; the characters that mix with neighbours are cut off.
const base64Forms = (text) => [0, 1, 2].map((offset) => {
  const whole = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString('base64');
  const clean = whole.slice(offset === 0 ? 0 : offset + 1, Math.floor((offset + text.length) / 3) * 4);
  return [`base64+${offset}`, Buffer.from(clean)];
});

/** The forms of a text, named: [[form, bytes]]. */
export const formsOf = (text) => [
  ['UTF-8', Buffer.from(text)],
  ['upper case', Buffer.from(text.toUpperCase())],
  ['UTF-16LE', Buffer.from(text, 'utf16le')],
  ['UTF-16BE', Buffer.from(text, 'utf16le').swap16()],
  ['hex', Buffer.from(Buffer.from(text).toString('hex'))],
  ['HEX', Buffer.from(Buffer.from(text).toString('hex').toUpperCase())],
  ...base64Forms(text),
  ...base64Forms(text).map(([form, bytes]) => [`${form} url`, Buffer.from(bytes.toString().replace(/\+/g, '-').replace(/\//g, '_'))]),
];

/** All files below a folder; sockets and pipes have no bytes to read. */
export const filesBelow = (folder) => fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
  const whole = path.join(folder, entry.name);
  return entry.isDirectory() ? filesBelow(whole) : entry.isFile() ? [whole] : [];
});

const PIECE = 8 * 1024 * 1024;

const searchBytes = (bytes, wanted, found, place) => {
  for (const { name, forms } of wanted) {
    for (const [form, pattern] of forms) {
      if (bytes.includes(pattern)) {
        found.add(`${name} as ${form} in ${place}`);
      }
    }
  }
};

/**
 * Searches files and texts.
 * @param {Record<string, string>} markers name → text
 * @param {string[]} files
 * @param {Record<string, Buffer>} texts name → bytes that are no file
 */
export const search = (markers, files, texts = {}) => {
  const wanted = Object.entries(markers).map(([name, text]) => ({ name, forms: formsOf(text) }));
  const longest = Math.max(...wanted.flatMap(({ forms }) => forms.map(([, bytes]) => bytes.length)));
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
      searchBytes(piece.subarray(0, read), wanted, found, file);
      searched += Math.min(read, PIECE);
      if (read < piece.length) {
        break;
      }
    }
    fs.closeSync(handle);
  }
  for (const [name, bytes] of Object.entries(texts)) {
    searchBytes(bytes, wanted, found, name);
    searched += bytes.length;
  }
  return { hits: [...found], searchedMiB: Math.round(searched / 2 ** 20) };
};
