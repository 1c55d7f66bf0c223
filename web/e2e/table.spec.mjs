// The table of submissions: filters of every type, links, columns, orders, and the review of one record after the other.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { photoOf } from './collect.mjs';
import { arrangeForm, expectAccessible, expectNoOverflow, runJourney } from './stage.mjs';
import { fillersOf, filtersOf } from './table-filters.mjs';
import { instanceOf, visits } from './visits.mjs';

const here = dirname(fileURLToPath(import.meta.url));
await runJourney(async (stage) => {
    const { server, page, step } = stage;
    const { project, phone } = await arrangeForm(
        stage,
        readFileSync(join(here, 'clinic.md'), 'utf8'),
        'clinic',
    );
    const table = `${server.url}/projects/${project}/forms/clinic/submissions`;
    const button = (name) => page.getByRole('button', { name, exact: true });
    const dialog = page.getByRole('dialog');
    const chip = (words) => page.getByRole('button', { name: words });
    const { value, tick } = fillersOf(dialog);
    /** What the browser asked for: addresses and bodies, and every address it stood at. */
    const requests = [];
    const addresses = [];
    page.on('request', (request) => requests.push({ url: request.url(), body: request.postData() ?? '' }));
    page.on('framenavigated', (frame) => addresses.push(frame.url()));

    for (const visit of visits) {
        const answer = visit.isPhotoSent
            ? await phone.sendInstance(instanceOf(visit), visit.photo, photoOf(visit.photo))
            : await phone.sendInstance(instanceOf(visit));
        assert.equal(answer.status, 201, `${answer.body}`);
    }

    const isolates = /[\u2066-\u2069]/g;
    async function addFilter(search, field, operator, fillIn = async () => undefined) {
        await button('Add filter').click();
        await dialog.getByLabel('Find a question').fill(search);
        await dialog.getByRole('button', { name: field }).first().click();
        await dialog.getByLabel('How').selectOption({ label: operator });
        await fillIn();
        await dialog.getByRole('button', { name: 'Apply' }).click();
        await dialog.waitFor({ state: 'hidden' });
    }

    const matches = (count) =>
        page
            .getByText(count === 1 ? '1 submission matches' : `${count} submissions match`, { exact: true })
            .waitFor();

    async function expectFound(wanted) {
        if (wanted.length === 0) {
            await page.getByRole('heading', { name: 'No submission matches' }).waitFor();
            return;
        }
        await matches(wanted.length);
        const rows = await page.getByRole('grid').getByRole('row').count();
        assert.equal(rows, wanted.length + 1, 'rows of the table with its heading');
    }

    async function clear() {
        await button('Clear all filters').first().click();
        await page.getByText('12 submissions', { exact: true }).waitFor();
    }

    await step('the table shows all, and the dialog of filters is accessible', async () => {
        await page.goto(table);
        await page.getByText('12 submissions', { exact: true }).waitFor();
        await expectAccessible(page);
        await button('Add filter').click();
        await dialog.getByLabel('Find a question').waitFor();
        await expectAccessible(page);
        await dialog.getByRole('button', { name: /^Age/ }).click();
        await dialog.getByLabel('Value').waitFor();
        await expectAccessible(page);
        await page.keyboard.press('Escape');
    });

    for (const [search, field, operator, fillIn, holds, words] of filtersOf(dialog)) {
        const wanted = visits.filter(holds);
        await step(`${String(field).slice(2, -1)} ${operator}: finds ${wanted.length}`, async () => {
            await addFilter(search, field, operator, fillIn);
            await expectFound(wanted);
            if (words !== undefined) {
                const said = (await page.getByRole('list', { name: 'Filters' }).innerText()).replace(
                    isolates,
                    '',
                );
                assert.ok(said.replace(/\s+/g, ' ').includes(words), said);
            }
            await clear();
        });
    }

    await step(
        'several filters hold together, each can be changed and taken away, and the back button undoes',
        async () => {
            await addFilter('age', /^Age/, 'is at least', value('18'));
            await matches(7);
            await addFilter('water', /^Source/, 'is any of', tick('Tap'));
            await matches(2);
            await expectAccessible(page);
            await chip(/^Change filter: .*Age/).click();
            await dialog.getByLabel('Value').fill('5');
            await dialog.getByRole('button', { name: 'Apply' }).click();
            await matches(3);
            await chip(/^Remove filter: .*Source/).click();
            await matches(10);
            await page.goBack();
            await matches(3);
            await page.goBack();
            await matches(2);
            await page.reload();
            await matches(2);
            await page.goBack();
            await matches(7);
            await page.goForward();
            await matches(2);
        },
    );

    let link = '';
    await step('a copied link brings its filters to another tab and is cleaned there', async () => {
        await button('Copy link').click();
        await page.getByText(/^The link is copied/).waitFor();
        link = await page.evaluate(() => globalThis.navigator.clipboard.readText());
        assert.match(link, /submissions#f=[\w-]+$/);
        const other = await stage.context.newPage();
        await other.goto(link);
        await other.getByText('2 submissions match').waitFor();
        assert.match(other.url(), /\?view=\w+$/);
        await other.close();
    });

    await step('an address with filters of another tab says so, and shows everything', async () => {
        const other = await stage.context.newPage();
        await other.goto(page.url());
        await other.getByText('The filters of this address are not kept here').waitFor();
        await other.getByText('12 submissions', { exact: true }).waitFor();
        await expectAccessible(other);
        await other.close();
    });

    await step('a wrong filter in a link is told calmly, and the others work', async () => {
        const wrong = Buffer.from(
            JSON.stringify([
                ['/gone', 'is', 'x'],
                ['/age', 'contains', 'x'],
                ['/age', 'atLeast', '50'],
                ['/age', 'atLeast', '1) or (1 eq 1'],
            ]),
        ).toString('base64url');
        await page.goto('about:blank');
        await page.goto(`${table}#f=${wrong}`);
        await matches(2);
        await page.getByText('3 filters of this link cannot be used').waitFor();
        await expectAccessible(page);
        await page.goto('about:blank');
        await page.goto(`${table}#f=${wrong.slice(0, -5)}`);
        await page.getByText('One filter of this link cannot be used').waitFor();
        await page.getByText('12 submissions', { exact: true }).waitFor();
    });

    await step(
        'no filter was in an address that the server was asked for, nor in the bar after that',
        async () => {
            const secret = /AMINA|hara|ziniar/i;
            assert.ok(
                requests.some((request) => secret.test(decodeURIComponent(request.body))),
                'the body holds it',
            );
            assert.deepEqual(
                requests
                    .map((request) => decodeURIComponent(request.url))
                    .filter((url) => secret.test(url) || url.includes('tolower')),
                [],
            );
            assert.deepEqual(
                addresses.map(decodeURIComponent).filter((url) => secret.test(url)),
                [],
            );
        },
    );

    await step('rows stand in the order asked for', async () => {
        await page.goto(table);
        await page.getByText('12 submissions', { exact: true }).waitFor();
        const firstName = () => page.getByRole('row').nth(1).innerText();
        assert.match(await firstName(), /Bea/);
        await page.getByLabel('Order').selectOption({ label: 'Oldest first' });
        await page
            .getByRole('columnheader', { name: /^Received/ })
            .and(page.locator('[aria-sort=ascending]'))
            .waitFor();
        await page.waitForFunction(() =>
            /Amina Ziniaré/.test(document.querySelectorAll('[role=row]')[1]?.textContent ?? ''),
        );
        assert.match(page.url(), /order=oldest/);
        await page.getByRole('columnheader', { name: /^Received/ }).click();
        await page.waitForFunction(() =>
            /Bea/.test(document.querySelectorAll('[role=row]')[1]?.textContent ?? ''),
        );
    });

    await step(
        'columns are searched, taken by the group, moved by keyboard and by dragging, frozen, and remembered',
        async () => {
            await button('Columns').click();
            await dialog.getByRole('checkbox', { name: 'Home', exact: true }).uncheck();
            await dialog.getByLabel('Find a question').fill('edits');
            await dialog.getByRole('checkbox', { name: 'Edits', exact: true }).check();
            await dialog.getByLabel('Find a question').fill('');
            await expectAccessible(page);
            await dialog.getByRole('button', { name: 'Move Age up' }).focus();
            await page.keyboard.press('Alt+ArrowUp');
            await dialog.getByRole('button', { name: 'Keep Weight in kg in sight' }).click();
            const shown = dialog.getByRole('list', { name: 'Shown, in this order' }).getByRole('listitem');
            await shown.filter({ hasText: 'Born on' }).dragTo(shown.filter({ hasText: 'Name' }));
            await dialog.getByRole('button', { name: 'Show columns' }).click();
            await page.getByRole('columnheader', { name: 'Source of water' }).waitFor({ state: 'detached' });
            const heads = async () =>
                (await page.getByRole('columnheader').allInnerTexts()).map((text) =>
                    text.trim().replace(/ \(.*/, ''),
                );
            const wanted = [
                'Received',
                'Weight in kg',
                'By',
                'Review',
                'Files',
                'Edits',
                'Age',
                'Born on',
                'Name',
            ];
            assert.deepEqual((await heads()).slice(0, wanted.length), wanted);
            await page.reload();
            await page.getByRole('columnheader', { name: 'Weight in kg' }).waitFor();
            assert.deepEqual((await heads()).slice(0, wanted.length), wanted);
            await button('Columns').click();
            await dialog.getByLabel('Language of labels').selectOption('Français (fr)');
            await dialog.getByRole('button', { name: 'Usual columns' }).click();
            await dialog.getByRole('button', { name: 'Show columns' }).click();
            await page.getByRole('columnheader', { name: 'Poids en kg' }).waitFor();
            await page.evaluate(() =>
                localStorage.removeItem(
                    Object.keys(localStorage).find((key) => key.startsWith('fieldkeep.table')),
                ),
            );
        },
    );

    await step('a record knows its place in the filtered table, and leads through it and back', async () => {
        await page.goto(table);
        await addFilter('age', /^Age/, 'is at least', value('18'));
        await matches(7);
        await page.getByRole('gridcell', { name: 'Cid' }).click();
        await page.getByText('2 of 7 (filtered)').waitFor();
        await page.getByText('Approve').first().waitFor();
        await expectAccessible(page);
        await page.keyboard.press('j');
        await page.getByText('3 of 7 (filtered)').waitFor();
        await page.keyboard.press('k');
        await page.getByText('2 of 7 (filtered)').waitFor();
        await page.getByRole('link', { name: 'Next' }).click();
        await page.getByText('3 of 7 (filtered)').waitFor();
        await page.reload();
        await page.getByText('3 of 7 (filtered)').waitFor();
        await page.keyboard.press('b');
        await matches(7);
        assert.match(page.url(), /row=2/);
    });

    await step(
        'records are reviewed one after the other from the keyboard; who rejects says why',
        async () => {
            await page.getByRole('gridcell', { name: 'Bea' }).click();
            await page.getByText('1 of 7 (filtered)').waitFor();
            await page.getByRole('button', { name: 'Approve' }).waitFor();
            await page.keyboard.press('a');
            await page.getByText('2 of 7 (filtered)').waitFor();
            await page.getByRole('heading', { name: 'History' }).waitFor();
            await page.keyboard.press('i');
            await dialog.getByLabel(/^What is wrong/).fill('Check the age');
            await page.keyboard.press('Control+Enter');
            await page.getByText('3 of 7 (filtered)').waitFor();
            await page.getByRole('heading', { name: 'History' }).waitFor();
            await page.keyboard.press('r');
            assert.ok(await dialog.getByRole('button', { name: 'Reject' }).isDisabled());
            await expectAccessible(page);
            await dialog.getByLabel('What is wrong?').fill('Not readable');
            await dialog.getByRole('button', { name: 'Reject' }).click();
            await page.getByText('4 of 7 (filtered)').waitFor();
            await page.keyboard.press('k');
            await page.getByText('3 of 7 (filtered)').waitFor();
            await page.getByText('Review: Rejected').waitFor();
            await page.getByText('Not readable').waitFor();
            await page.keyboard.press('b');
            await matches(7);
            for (const state of ['Approved', 'Has issues', 'Rejected']) {
                await page.getByRole('gridcell', { name: state }).waitFor();
            }
        },
    );

    await step('single keys can be turned off; with Alt they still work', async () => {
        await page.getByRole('gridcell', { name: 'Bea' }).click();
        await page.getByText('1 of 7 (filtered)').waitFor();
        await button('Turn single keys off').click();
        await page.keyboard.press('j');
        await page.getByText('Single keys are turned off').waitFor();
        await page.getByText('1 of 7 (filtered)').waitFor();
        await page.keyboard.press('Alt+j');
        await page.getByText('2 of 7 (filtered)').waitFor();
        await button('Turn single keys on').click();
    });

    await step(
        'an edit stands in the history with the answers it changed, and comments are added',
        async () => {
            const [visit] = visits;
            const answer = await phone.sendInstance(instanceOf(visit, 'Amina Ouédraogo', visit.id));
            assert.equal(answer.status, 201, `${answer.body}`);
            await page.goto(`${table}/${encodeURIComponent(visit.id)}`);
            await page.getByText('Edited: version 2').waitFor();
            await page.locator('del', { hasText: 'Amina Ziniaré' }).waitFor();
            await page.locator('ins', { hasText: 'Amina Ouédraogo' }).waitFor();
            await page.getByLabel('New comment').fill('Spoke with her.');
            await button('Add comment').click();
            await page.getByRole('listitem').filter({ hasText: 'Spoke with her.' }).waitFor();
            await expectAccessible(page);
            await page.goto(table);
            await addFilter('edited', /^Edited/, 'is yes');
            await matches(1);
        },
    );

    await step(
        'on a phone’s screen, from right to left and in the dark all of it stays in the page',
        async () => {
            await page.setViewportSize({ width: 360, height: 740 });
            await page.emulateMedia({ colorScheme: 'dark' });
            await page.evaluate(() => localStorage.setItem('fieldkeep.language', 'ar'));
            await page.goto(link.replace(/#.*/, ''));
            await page.getByRole('grid').waitFor();
            assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
            await expectNoOverflow(page);
            await expectAccessible(page);
            await button('إضافة مرشح').click();
            await dialog.getByRole('button', { name: /^Place/ }).click();
            await dialog.getByLabel('خط العرض').waitFor();
            await expectNoOverflow(page);
            await expectAccessible(page);
            await page.keyboard.press('Escape');
            await page.getByRole('button', { name: 'الأعمدة' }).click();
            await dialog.waitFor();
            await expectNoOverflow(page);
            await expectAccessible(page);
            await page.keyboard.press('Escape');
            await page.goto(`${table}/${encodeURIComponent(visits[1].id)}`);
            await page.getByRole('heading', { name: 'السجل' }).waitFor();
            await expectNoOverflow(page);
            await expectAccessible(page);
        },
    );
});
