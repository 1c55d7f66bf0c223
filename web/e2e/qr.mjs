// Reads a code as a phone's camera does, from its picture. The picture is exact, so no errors are corrected.
import assert from 'node:assert/strict';

// ISO/IEC 18004, table 9, level L: by version, codewords for correction in each block, and blocks.
const correction = [
    7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30,
    30,
];
const blockCounts = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13];
const levelL = 1;
const masks = [
    (row, column) => (row + column) % 2 === 0,
    (row) => row % 2 === 0,
    (_, column) => column % 3 === 0,
    (row, column) => (row + column) % 3 === 0,
    (row, column) => (Math.floor(row / 2) + Math.floor(column / 3)) % 2 === 0,
    (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
    (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
    (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

/** Draws a picture of the page large and tells which of its modules are dark, row by row. */
async function modulesOf(image) {
    return image.evaluate(async (element) => {
        const side = 1480;
        const picture = new window.Image();
        picture.src = element.src;
        await picture.decode();
        const canvas = document.createElement('canvas');
        canvas.width = side;
        canvas.height = side;
        const drawing = canvas.getContext('2d');
        drawing.fillStyle = 'white';
        drawing.fillRect(0, 0, side, side);
        drawing.drawImage(picture, 0, 0, side, side);
        const pixels = drawing.getImageData(0, 0, side, side).data;
        const isDark = (x, y) => pixels[4 * (Math.floor(y) * side + Math.floor(x))] < 128;
        let corner = 0;
        while (!isDark(corner, corner)) {
            corner++;
        }
        let right = side - 1;
        while (!isDark(right, corner + 2)) {
            right--;
        }
        let finder = corner;
        while (isDark(finder, corner + 2)) {
            finder++;
        }
        // The corner's square is seven modules wide; the whole is 17 and four for each version.
        const size =
            Math.round((Math.round(((right + 1 - corner) / (finder - corner)) * 7) - 17) / 4) * 4 + 17;
        const step = (right + 1 - corner) / size;
        return Array.from({ length: size }, (_, row) =>
            Array.from({ length: size }, (_unused, column) =>
                isDark(corner + (column + 0.5) * step, corner + (row + 0.5) * step),
            ),
        );
    });
}

/** Tells whether a module belongs to the pattern that every code of this size has. */
function patternOf(version, size) {
    const steps = version === 1 ? 0 : Math.floor(version / 7) + 2;
    const step = steps === 0 ? 0 : Math.ceil((version * 4 + 4) / (steps * 2 - 2)) * 2;
    const centres =
        steps === 0
            ? []
            : [6, ...Array.from({ length: steps - 1 }, (_, at) => size - 7 - (steps - 2 - at) * step)];
    const isFinder = (row, column) =>
        (row < 9 && column < 9) || (row < 9 && column >= size - 8) || (row >= size - 8 && column < 9);
    const isAlignment = (row, column) =>
        centres.some((y) =>
            centres.some(
                (x) =>
                    !((x === 6 && y === 6) || (x === 6 && y === size - 7) || (x === size - 7 && y === 6)) &&
                    Math.abs(row - y) <= 2 &&
                    Math.abs(column - x) <= 2,
            ),
        );
    const isVersion = (row, column) =>
        version >= 7 && ((row < 6 && column >= size - 11) || (column < 6 && row >= size - 11));
    return (row, column) =>
        isFinder(row, column) ||
        row === 6 ||
        column === 6 ||
        isAlignment(row, column) ||
        isVersion(row, column);
}

/** The bits in the order in which they were laid: columns in pairs from the right, up and down in turn. */
function bitsOf(modules, version) {
    const size = modules.length;
    const isPattern = patternOf(version, size);
    const format = [0, 1, 2, 3, 4].map((column) => (modules[8][column] ? 1 : 0)).join('');
    const about = Number.parseInt(format, 2) ^ 0b10101;
    assert.equal(about >> 3, levelL, 'the level of correction');
    const isTurned = masks[about & 7];
    const bits = [];
    let isUp = true;
    for (let right = size - 1; right > 0; right -= 2) {
        right = right === 6 ? 5 : right;
        for (let at = 0; at < size; at++) {
            const row = isUp ? size - 1 - at : at;
            for (const column of [right, right - 1]) {
                if (!isPattern(row, column)) {
                    bits.push(modules[row][column] !== isTurned(row, column) ? 1 : 0);
                }
            }
        }
        isUp = !isUp;
    }
    return bits;
}

/** The data without its correction: blocks lie woven into each other, long ones last. */
function dataOf(codewords, version) {
    const blocks = blockCounts[version - 1];
    const each = Math.floor(codewords.length / blocks) - correction[version - 1];
    const longer = codewords.length % blocks;
    const lengths = Array.from({ length: blocks }, (_, at) => each + (at >= blocks - longer ? 1 : 0));
    const woven = lengths.map(() => []);
    let next = 0;
    for (let at = 0; at <= each; at++) {
        for (let block = 0; block < blocks; block++) {
            if (at < lengths[block]) {
                woven[block].push(codewords[next++]);
            }
        }
    }
    return woven.flat();
}

const alphanumeric = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

/** The text of the segments, each in the mode that is shortest for it: digits, capital letters and digits, or bytes. */
function textOf(stream, version) {
    let at = 0;
    const take = (bits) => Number.parseInt(stream.slice(at, (at += bits)), 2);
    const isSmall = version < 10;
    const segments = [];
    for (let mode = take(4); mode > 0; mode = stream.length - at < 4 ? 0 : take(4)) {
        if (mode === 0b0100) {
            const bytes = Array.from({ length: take(isSmall ? 8 : 16) }, () => take(8));
            segments.push(Buffer.from(bytes));
            continue;
        }
        const isDigits = mode === 0b0001;
        assert.ok(isDigits || mode === 0b0010, `the mode of the code: ${mode}`);
        let left = take((isDigits ? 10 : 9) + (isSmall ? 0 : 2));
        let text = '';
        while (left > 0 && isDigits) {
            const count = Math.min(left, 3);
            text += String(take([0, 4, 7, 10][count])).padStart(count, '0');
            left -= count;
        }
        while (left > 0) {
            const pair = left > 1 ? take(11) : take(6);
            text +=
                left > 1 ? alphanumeric[Math.floor(pair / 45)] + alphanumeric[pair % 45] : alphanumeric[pair];
            left -= Math.min(left, 2);
        }
        segments.push(Buffer.from(text, 'utf8'));
    }
    return Buffer.concat(segments).toString('utf8');
}

/** Reads the text of a code shown on a page. */
export async function readQr(image) {
    const modules = await modulesOf(image);
    const version = (modules.length - 17) / 4;
    const bits = bitsOf(modules, version);
    const codewords = Array.from({ length: Math.floor(bits.length / 8) }, (_, at) =>
        Number.parseInt(bits.slice(at * 8, at * 8 + 8).join(''), 2),
    );
    const stream = dataOf(codewords, version)
        .map((byte) => byte.toString(2).padStart(8, '0'))
        .join('');
    return textOf(stream, version);
}
