// Getting data out and letting people in: every format and option, saved exports and their links, public links, draft tests.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Phone, photoOf } from './collect.mjs';
import { openers } from './export-files.mjs';
import { letPeopleIn } from './letting-in.mjs';
import { admin, arrangeForm, expectAccessible, expectNoOverflow, runJourney } from './stage.mjs';
import { instanceOf, visits } from './visits.mjs';
import { readCsv, readZip } from './zip.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const formText = readFileSync(join(here, 'clinic.md'), 'utf8');

await runJourney(async (stage) => {
    const { server, page, step, api } = stage;
    const { project, phone } = await arrangeForm(stage, formText, 'clinic');
    const form = `${server.url}/projects/${project}/forms/clinic`;
    const formApi = `/api/projects/${project}/forms/clinic`;
    const button = (name) => page.getByRole('button', { name, exact: true });
    const dialog = page.getByRole('dialog');
    const outside = new Phone(server.url);

    for (const visit of visits) {
        const answer = visit.isPhotoSent
            ? await phone.sendInstance(instanceOf(visit), visit.photo, photoOf(visit.photo))
            : await phone.sendInstance(instanceOf(visit));
        assert.equal(answer.status, 201, `${answer.body}`);
    }
    for (const visit of visits.slice(0, 2)) {
        await api('PUT', `${formApi}/submissions/${encodeURIComponent(visit.id)}/review`, {
            reviewState: 'approved',
            notes: null,
        });
    }

    const openPage = async () => {
        await page.goto(`${form}/exports`);
        await page.getByText(/^12 submissions · /).waitFor();
    };
    const choose = (format) => page.getByRole('radio', { name: new RegExp(`^${format}`) }).check();
    const unfold = (title) => page.locator('summary').filter({ hasText: title }).click();
    const promised = (words) => page.getByText(words, { exact: true }).waitFor();

    async function download() {
        const link = page.getByRole('link', { name: 'Download', exact: true });
        await link.waitFor();
        const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
        return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
    }

    /** Starts what is chosen, takes the file, and leaves nothing kept. */
    async function takeExport() {
        await button('Start export').click();
        const file = await download();
        const id = new URL(page.url()).searchParams.get('export');
        await button('New export').click();
        await api('DELETE', `/api/exports/${id}`);
        return file;
    }

    await step('the page says what would come out before anything is chosen', async () => {
        await openPage();
        await promised('12 submissions · 2 tables · with photos and files');
        await promised('clinic.zip');
        await expectAccessible(page);
        for (const title of ['Submissions', 'Labels and columns', 'Names of photos and files']) {
            await unfold(title);
        }
        await page
            .locator('summary')
            .filter({ hasText: /^Columns/ })
            .click();
        await expectAccessible(page);
    });

    for (const [format, { name, promise, open }] of Object.entries(openers)) {
        await step(`${format}: what was promised is in the file`, async () => {
            await openPage();
            await choose(format);
            await promised(promise);
            const file = await takeExport();
            assert.equal(file.name, name);
            await open(file.bytes, visits);
        });
    }

    await step('labels, headings and their language reach the file', async () => {
        await openPage();
        await choose('CSV, one file');
        await unfold('Labels and columns');
        await page.getByRole('radio', { name: /^As labels/ }).check();
        await page.getByRole('radio', { name: /^By questions/ }).check();
        await page.getByLabel('Language of the labels').selectOption('Français (fr)');
        await page.getByText(/labels in .Français \(fr\)/).waitFor();
        const rows = readCsv((await takeExport()).bytes);
        assert.deepEqual(
            rows.map((row) => row["Source d'eau"]).reverse(),
            visits.map((visit) => ({ well: 'Puits', tap: 'Robinet', river: 'Rivière', '': '' })[visit.water]),
        );
    });

    await step('split choices, short names and chosen columns reach the file', async () => {
        await openPage();
        await choose('CSV, one file');
        await unfold('Labels and columns');
        await page.getByLabel('Split “select multiple” into columns').check();
        await page.getByLabel('Put group names before column names').uncheck();
        await page
            .locator('summary')
            .filter({ hasText: /^Columns/ })
            .click();
        await button('Choose none').click();
        await page.getByLabel('Find a question').fill('own');
        await page.getByRole('checkbox', { name: 'What they own' }).check();
        await page.getByText('1 of 23 chosen', { exact: true }).first().waitFor();
        const rows = readCsv((await takeExport()).bytes);
        assert.deepEqual(Object.keys(rows[0]), [
            'assets',
            'assets/radio',
            'assets/phone',
            'assets/bicycle',
            'KEY',
        ]);
        assert.deepEqual(
            rows
                .filter((row) => row.assets === 'radio phone')
                .map((row) => [row['assets/radio'], row['assets/bicycle']]),
            visits.filter((visit) => visit.assets === 'radio phone').map(() => ['1', '0']),
        );
    });

    await step('review states and days choose the submissions', async () => {
        await openPage();
        await choose('CSV, one file');
        await page
            .locator('summary')
            .filter({ hasText: /^Submissions/ })
            .click();
        for (const state of ['Received', 'Has issues', 'Edited', 'Rejected']) {
            await page.getByRole('checkbox', { name: state, exact: true }).uncheck();
        }
        await page.getByText(/^2 submissions · /).waitFor();
        const rows = readCsv((await takeExport()).bytes);
        assert.deepEqual(rows.map((row) => row.KEY).sort(), [visits[0].id, visits[1].id].sort());
        await button('Last 7 days').click();
        await page.getByText(/^2 submissions · /).waitFor();
        await page.getByLabel('From', { exact: true }).fill('2020-01-01');
        await page.getByLabel('To, and including').fill('2020-12-31');
        await page.getByText(/^0 submissions · /).waitFor();
        assert.equal(readCsv((await takeExport()).bytes).length, 0);
        await page.getByLabel('From', { exact: true }).fill('2021-01-01');
        await page.getByText('The last day lies before the first. Change one of them.').waitFor();
        assert.ok(await button('Start export').isDisabled());
    });

    await step('files are named by a pattern whose example told how', async () => {
        await openPage();
        await choose('Photos and files');
        await unfold('Names of photos and files');
        const pattern = page.getByLabel('Pattern of the names');
        await button('{question} Name of the question').click();
        await pattern.pressSequentially('/');
        await button('{name} The file’s own name').click();
        await pattern.pressSequentially('.');
        await button('{ext} Ending, such as jpg').click();
        assert.equal(await pattern.inputValue(), '{question}/{name}.{ext}');
        await page.getByText('media/photo/1763719200000.jpg').waitFor();
        const names = [...readZip((await takeExport()).bytes).keys()];
        assert.deepEqual(
            names.sort(),
            visits
                .filter((visit) => visit.isPhotoSent)
                .map((visit) => `media/photo/${visit.photo}`)
                .sort(),
        );
        await pattern.fill('{day}');
        await page.getByText(/Between braces only the parts above can stand/).waitFor();
    });

    await step(
        'the filters of the table are taken over, saved with the rest, and can be dropped',
        async () => {
            await page.goto(`${form}/submissions`);
            await button('Add filter').click();
            await dialog.getByLabel('Find a question').fill('Age');
            await dialog.getByRole('button', { name: /^Age/ }).first().click();
            await dialog.getByLabel('How').selectOption({ label: 'is at least' });
            await dialog.getByLabel('Value').fill('40');
            await dialog.getByRole('button', { name: 'Apply' }).click();
            await dialog.waitFor({ state: 'hidden' });
            await button('Export').click();
            await dialog.getByText(/^4 submissions · /).waitFor();
            await expectAccessible(page);
            await choose('CSV, one file');
            const rows = readCsv((await takeExport()).bytes);
            assert.deepEqual(rows.map((row) => row.age).sort(), ['40', '45', '50', '55']);
            await button('Save these settings').click();
            const naming = page.getByRole('dialog', { name: 'Save these settings' });
            await naming.getByLabel('Name').fill('Over forty');
            await naming.getByRole('button', { name: 'Save' }).click();
            await naming.waitFor({ state: 'hidden' });
            const [saved] = await api('GET', `${formApi}/saved-exports`);
            assert.match(saved.export.filter, /age ge 40/);
            await api('DELETE', `${formApi}/saved-exports/${saved.id}`);
            await dialog
                .locator('summary')
                .filter({ hasText: /^Submissions/ })
                .click();
            await dialog.getByLabel('Only what the table shows').uncheck();
            await dialog.getByText(/^12 submissions · /).waitFor();
        },
    );

    await step('an export can be left, found again, downloaded again and in parts', async () => {
        await openPage();
        await button('Start export').click();
        const first = await download();
        const id = new URL(page.url()).searchParams.get('export');
        await page.reload();
        const second = await download();
        assert.ok(first.bytes.equals(second.bytes));
        const part = await page.request.get(`${server.url}/api/exports/${id}/file`, {
            headers: { Range: 'bytes=10-' },
        });
        assert.equal(part.status(), 206);
        assert.ok((await part.body()).equals(first.bytes.subarray(10)));
        await page.goto(`${form}/exports`);
        await page.getByRole('link', { name: 'Download clinic.zip' }).waitFor();
        await button('Delete clinic.zip').click();
        await page.getByRole('link', { name: 'Download clinic.zip' }).waitFor({ state: 'detached' });
    });

    await step('an export that is being made is cancelled', async () => {
        const large = randomBytes(24 * 1024 * 1024);
        for (const number of [100, 101, 102]) {
            const visit = {
                ...visits[0],
                number,
                id: `${visits[0].id}-${number}`,
                photo: `large-${number}.jpg`,
            };
            const answer = await phone.sendInstance(instanceOf(visit), visit.photo, large);
            assert.equal(answer.status, 201, `${answer.body}`);
        }
        // Enough that all of it takes longer than a browser that has little of the processor to look.
        const before = [];
        for (let count = 0; count < 7; count++) {
            before.push((await api('POST', `${formApi}/exports`, { format: 'media.zip' })).id);
        }
        await page.goto(`${form}/exports`);
        await page.getByText(/^15 submissions · /).waitFor();
        await button('Start export').click();
        await page.getByRole('progressbar', { name: 'Progress of the export' }).waitFor();
        const id = new URL(page.url()).searchParams.get('export');
        await button('Cancel export').click();
        await button('Start export').waitFor();
        assert.equal((await page.request.get(`${server.url}/api/exports/${id}`)).status(), 404);
        for (const one of before) {
            await api('DELETE', `/api/exports/${one}`);
        }
        for (const number of [100, 101, 102]) {
            const instance = encodeURIComponent(`${visits[0].id}-${number}`);
            await api('DELETE', `/v1/projects/${project}/forms/clinic/submissions/${instance}`);
        }
    });

    await step('a saved export runs twice, and holds what is there each time', async () => {
        await openPage();
        await choose('CSV, one file');
        await button('Save these settings').click();
        await dialog.getByLabel('Name').fill('Monthly');
        await expectAccessible(page);
        await dialog.getByRole('button', { name: 'Save' }).click();
        await page.getByRole('heading', { name: 'Monthly' }).waitFor();
        const run = page.getByRole('button', { name: /^Run .Monthly/ });
        await run.click();
        assert.equal(readCsv((await download()).bytes).length, 12);
        const added = { ...visits[1], id: `${visits[1].id}-9`, photo: '' };
        assert.equal((await phone.sendInstance(instanceOf(added))).status, 201);
        await page.goto(`${form}/exports`);
        await run.click();
        assert.equal(readCsv((await download()).bytes).length, 13);
        await page.getByRole('button', { name: /^Rename .Monthly/ }).click();
        await dialog.getByLabel('Name').fill('Every month');
        await dialog.getByRole('button', { name: 'Save' }).click();
        await page.getByRole('heading', { name: 'Every month' }).waitFor();
    });

    await step('its link works without a session, is shown once, and is refused when revoked', async () => {
        await page.getByRole('button', { name: /^Create link .Every month/ }).click();
        await dialog.getByLabel('It works for').selectOption('30');
        await dialog.getByRole('button', { name: 'Create link' }).click();
        const address = await dialog.locator('code').first().innerText();
        await expectAccessible(page);
        for (const program of ['Power BI', 'R', 'Python', 'curl']) {
            await dialog.getByRole('button', { name: program, exact: true }).click();
            assert.ok((await dialog.locator('pre').innerText()).includes(address), program);
        }
        await button('Done').click();
        assert.ok(!(await page.content()).includes(address));
        const fetched = await outside.send('GET', address);
        assert.equal(fetched.status, 200);
        assert.equal(readCsv(fetched.body).length, 13);
        await page.reload();
        await page.getByText(/last used/).waitFor();
        await button('Revoke link').click();
        await dialog.getByText(/stop being updated/).waitFor();
        await dialog.getByRole('button', { name: 'Revoke link' }).click();
        await button('Revoke link').waitFor({ state: 'detached' });
        assert.equal((await outside.send('GET', address)).status, 401);
        await page.getByRole('button', { name: /^Remove .Every month/ }).click();
        await dialog.getByRole('button', { name: 'Remove saved export' }).click();
        await page.getByText(/None yet/).waitFor();
    });

    await step('the OData address is the one that programs can read', async () => {
        const address = await page
            .getByText(/\.svc$/)
            .first()
            .innerText();
        const basic = Buffer.from(`${admin.email}:${admin.password}`).toString('base64');
        const answer = await outside.send('GET', `${address}/Submissions`, {
            Authorization: `Basic ${basic}`,
        });
        assert.equal(answer.status, 200, `${answer.body}`);
        assert.equal(JSON.parse(answer.body).value.length, 13);
        await button('Python').click();
        await page.getByText('form_id="clinic", project_id=1').waitFor();
    });

    await letPeopleIn({ ...stage, project, form, formApi, formText });

    await step('on a phone’s screen and from right to left nothing runs out of the pages', async () => {
        await page.setViewportSize({ width: 360, height: 740 });
        await page.evaluate(() => localStorage.setItem('fieldkeep.language', 'ar'));
        for (const path of ['exports', 'public-links', 'draft', 'submissions?export=']) {
            await page.goto(`${form}/${path}`, { waitUntil: 'networkidle' });
            assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
            await page.evaluate(() => {
                for (const folded of document.querySelectorAll('details')) {
                    folded.open = true;
                }
            });
            await expectNoOverflow(page);
            await expectAccessible(page);
        }
        await page.evaluate(() => localStorage.removeItem('fieldkeep.language'));
    });
});
