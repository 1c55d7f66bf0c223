// Counts the lines of the files in a ZIP, to be sure that an export is whole.
import { inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const ZIP64 = 0xffffffff;

/** Gives {name: lines} for a ZIP below 4 GiB. */
export const linesOfZip = (zip) => {
  let at = zip.length - 22;
  while (at >= 0 && zip.readUInt32LE(at) !== END) {
    at--;
  }
  if (at < 0) {
    throw new Error('the export is no whole ZIP: it has no end record');
  }
  const lines = {};
  let entry = zip.readUInt32LE(at + 16);
  for (let left = zip.readUInt16LE(at + 10); left > 0; left--) {
    if (zip.readUInt32LE(entry) !== ENTRY) {
      throw new Error('the export is no whole ZIP: its directory is broken');
    }
    const [method, nameLength, extraLength, commentLength] = [10, 28, 30, 32].map((offset) => zip.readUInt16LE(entry + offset));
    const name = zip.toString('utf8', entry + 46, entry + 46 + nameLength);
    const extra = zip.subarray(entry + 46 + nameLength, entry + 46 + nameLength + extraLength);
    let [size, whole, start] = [20, 24, 42].map((offset) => zip.readUInt32LE(entry + offset));
    if (extra.length > 4 && extra.readUInt16LE(0) === 1) {
      // ZIP64: only what did not fit stands here, in this order.
      let next = 4;
      const wide = () => { next += 8; return Number(extra.readBigUInt64LE(next - 8)); };
      whole = whole === ZIP64 ? wide() : whole;
      size = size === ZIP64 ? wide() : size;
      start = start === ZIP64 ? wide() : start;
    }
    const from = start + 30 + zip.readUInt16LE(start + 26) + zip.readUInt16LE(start + 28);
    const packed = zip.subarray(from, from + size);
    const content = method === 0 ? packed : inflateRawSync(packed);
    let count = 0;
    for (let found = content.indexOf(10); found >= 0; found = content.indexOf(10, found + 1)) {
      count++;
    }
    lines[name] = count;
    entry += 46 + nameLength + extraLength + commentLength;
  }
  return lines;
};
