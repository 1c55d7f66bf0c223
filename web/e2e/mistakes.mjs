// A form as a beginner writes it: every mistake is shown in its cell, and ticked off once it is mended.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expectAccessible } from './stage.mjs';

const file = join(dirname(fileURLToPath(import.meta.url)), 'ten-mistakes.md');

/** Sheet, cell, what is marked in it, and what is suggested; null where there is nothing near. */
const mistakes = [
    ['survey', 'A3', 'begin group', null],
    ['survey', 'A5', 'intger', 'integer'],
    ['survey', 'D6', '${vilage}', '${village}'],
    ['survey', 'B7', 'empty', null],
    ['survey', 'B8', 'village', null],
    ['survey', 'A9', 'distrct', 'district'],
    ['survey', 'G11', 'ten', null],
    ['survey', 'G12', 'max-pixel', 'max-pixels'],
    ['survey', 'E13', '${ag', null],
    ['survey', 'H14', 'empty', null],
    ['survey', 'B15', '2nd name', '_2nd_name'],
    ['choices', 'B3', 'empty', null],
    ['choices', 'B5', 'motor bike', 'motor_bike'],
    ['choices', 'B6', 'radio', null],
];

const half = [
    ['intger ', 'integer'],
    ['vilage}', 'village}'],
    ['select_one distrct ', 'select_one district'],
    ['end=ten', 'end=10 '],
    ['max-pixel=800 ', 'max-pixels=800'],
    ['${ag ', '120  '],
    ['2nd name', 'name_2  '],
    ['motor bike | Motor', 'motor_bike | Motor'],
];

/** What an item of a list shows: its heading, what is marked, and the words around it. */
const itemsIn = (section) =>
    section.locator('li').evaluateAll((items) =>
        items.map((item) => ({
            place: item.querySelector('h4 .place')?.textContent ?? '',
            title: item.querySelector('h4')?.textContent ?? '',
            marked: item.querySelector('mark')?.textContent.trim() ?? '',
            suggestion: item.querySelector('.suggestion code')?.textContent ?? null,
            help: item.querySelector('details p')?.textContent ?? '',
        })),
    );

const sectionOf = (page, name) =>
    page
        .locator('section, details')
        .filter({ has: page.getByRole('heading', { name, level: 2, includeHidden: true }) })
        .first();

async function upload(page, buffer) {
    await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'ten-mistakes.md', mimeType: 'text/markdown', buffer: Buffer.from(buffer) });
}

/** Begins and ends on the page for uploading a form. */
export async function mendMistakes({ page, step }) {
    const text = readFileSync(file, 'utf8');

    await step('each of many mistakes is shown in its cell, with what was probably meant', async () => {
        await upload(page, text);
        await page.getByText('14 mistakes to mend').waitFor();
        const focused = await page.evaluate(() => document.activeElement.textContent);
        assert.match(focused, /ten-mistakes\.md.* cannot be used yet/);
        await page.getByText('A type that does not exist').waitFor();
        const items = await itemsIn(sectionOf(page, /^Mistakes to mend/));
        assert.deepEqual(
            items.map(({ place, marked, suggestion }) => [place, marked, suggestion]),
            mistakes.map(([, ...rest]) => rest),
        );
        for (const item of items) {
            assert.ok(item.help.length > 40, `${item.place} is not explained`);
        }
        const [advice] = await itemsIn(sectionOf(page, /^Advice/));
        assert.deepEqual([advice.place, advice.marked, advice.suggestion], ['F1', 'requird', 'required']);
        await expectAccessible(page);
    });

    await step('the list can be saved for whoever wrote the form', async () => {
        const [download] = await Promise.all([
            page.waitForEvent('download'),
            page.getByRole('button', { name: 'Save as text' }).click(),
        ]);
        assert.equal(download.suggestedFilename(), 'ten-mistakes.txt');
        const saved = readFileSync(await download.path(), 'utf8');
        for (const [sheet, place] of mistakes) {
            assert.ok(saved.includes(`. ${sheet} ${place} `), `${sheet} ${place} is not in the saved list`);
        }
        assert.match(saved, /Did you mean \$\{village\}\?/);
    });

    await step('the corrected file on the same page says what is mended and what is left', async () => {
        const mended = half.reduce((words, [wrong, right]) => {
            assert.ok(words.includes(wrong), wrong);
            return words.replace(wrong, right);
        }, text);
        await upload(page, mended);
        await page.getByText('8 of 14 mended', { exact: true }).last().waitFor();
        const left = await itemsIn(sectionOf(page, /^Mistakes to mend/));
        assert.deepEqual(
            left.map(({ place }) => place),
            ['A3', 'D6', 'B7', 'B8', 'H14', 'B3', 'B6'],
        );
        // ${village} is written right now, and two questions have that name.
        await page.getByText(/^1 is new/).waitFor();
        assert.match(left[1].title, /Several questions have this name\s*New$/);
        await expectAccessible(page);
    });

    await step('the mistakes fit a phone’s screen, dark and from right to left', async () => {
        await page.setViewportSize({ width: 360, height: 740 });
        await page.emulateMedia({ colorScheme: 'dark' });
        await page.evaluate(() => localStorage.setItem('fieldkeep.language', 'ar'));
        await page.reload();
        await upload(page, text);
        await page.getByText('نوع غير موجود').waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
        await expectAccessible(page);
        await page.evaluate(() => localStorage.removeItem('fieldkeep.language'));
        await page.emulateMedia({ colorScheme: null });
        await page.setViewportSize({ width: 1280, height: 720 });
        await page.reload();
    });
}
