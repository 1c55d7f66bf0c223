// Reads a ZIP by its central directory, 64-bit sizes included.
import { inflateRawSync } from 'node:zlib';

const endOfDirectory = 0x06054b50;
const endOfDirectory64 = 0x06064b50;
const allOnes = 0xffffffff;

/** The files of an archive, by name. */
export function readZip(bytes) {
    let at = bytes.length - 22;
    while (bytes.readUInt32LE(at) !== endOfDirectory) {
        at--;
    }
    let count = bytes.readUInt16LE(at + 10);
    let entry = bytes.readUInt32LE(at + 16);
    if (count === 0xffff || entry === allOnes) {
        const end64 = Number(bytes.readBigUInt64LE(at - 20 + 8));
        if (bytes.readUInt32LE(end64) !== endOfDirectory64) {
            throw new Error('The archive has no 64-bit directory where it says.');
        }
        count = Number(bytes.readBigUInt64LE(end64 + 32));
        entry = Number(bytes.readBigUInt64LE(end64 + 48));
    }
    const files = new Map();
    for (let index = 0; index < count; index++) {
        const nameLength = bytes.readUInt16LE(entry + 28);
        const extraLength = bytes.readUInt16LE(entry + 30);
        const name = bytes.toString('utf8', entry + 46, entry + 46 + nameLength);
        const extra = bytes.subarray(entry + 46 + nameLength, entry + 46 + nameLength + extraLength);
        const sizes = sizesOf(bytes, entry, extra);
        const data =
            sizes.offset + 30 + bytes.readUInt16LE(sizes.offset + 26) + bytes.readUInt16LE(sizes.offset + 28);
        const packed = bytes.subarray(data, data + sizes.packed);
        files.set(name, bytes.readUInt16LE(entry + 10) === 0 ? packed : inflateRawSync(packed));
        entry += 46 + nameLength + extraLength + bytes.readUInt16LE(entry + 32);
    }
    return files;
}

function sizesOf(bytes, entry, extra) {
    const sizes = {
        unpacked: bytes.readUInt32LE(entry + 24),
        packed: bytes.readUInt32LE(entry + 20),
        offset: bytes.readUInt32LE(entry + 42),
    };
    for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
        if (extra.readUInt16LE(at) === 1) {
            let value = at + 4;
            for (const name of ['unpacked', 'packed', 'offset']) {
                if (sizes[name] === allOnes) {
                    sizes[name] = Number(extra.readBigUInt64LE(value));
                    value += 8;
                }
            }
        }
    }
    return sizes;
}

/** The rows of a CSV file (RFC 4180) as objects by column name. */
export function readCsv(bytes) {
    const rows = [[]];
    const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
    for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|$)/g)) {
        rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
        if (end !== ',') {
            rows.push([]);
        }
    }
    const [head = [], ...body] = rows.filter((row) => row.length > 1 || (row[0] ?? '') !== '');
    return body.map((row) => Object.fromEntries(head.map((name, index) => [name, row[index]])));
}
