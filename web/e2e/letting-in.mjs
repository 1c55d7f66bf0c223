// Public links and draft tests: codes read from the page as a camera does, then used as ODK Collect uses them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { Phone } from './collect.mjs';
import { readQr } from './qr.mjs';
import { expectAccessible } from './stage.mjs';
import { instanceOf, visits } from './visits.mjs';
import { readCsv, readZip } from './zip.mjs';

/** A phone that scanned a code. */
async function scan(image) {
    const settings = JSON.parse(inflateSync(Buffer.from(await readQr(image), 'base64')).toString('utf8'));
    return new Phone(settings.general.server_url);
}

const another = (number) => ({
    ...visits[1],
    id: `uuid:bbbbbbbb-aaaa-4aaa-8aaa-${number}`,
    photo: '',
    name: number,
});

/** The same form under another version. */
function inVersion(formText, version) {
    const changed = formText.replace(/\| 1(\s+\| English \(en\))/, `| ${version}$1`);
    assert.notEqual(changed, formText);
    return changed;
}

/** Runs the steps; the form has no public link and no draft yet. */
export async function letPeopleIn({ page, step, api, project, form, formText }) {
    const button = (name) => page.getByRole('button', { name, exact: true });
    const dialog = page.getByRole('dialog');

    await step(
        'a public link is shown once, works for its form from a phone, and ends when revoked',
        async () => {
            await page.goto(`${form}/public-links`);
            await page.getByRole('heading', { name: 'No public link yet' }).waitFor();
            await expectAccessible(page);
            await button('Create public link').first().click();
            await dialog.getByLabel('Name').fill('Poster');
            await dialog.getByText(/Not: see or change any submission/).waitFor();
            await expectAccessible(page);
            await dialog.getByRole('button', { name: 'Create public link' }).click();
            const code = page.getByRole('img', { name: 'Code of the public link Poster' });
            await code.waitFor();
            await expectAccessible(page);
            const guest = await scan(code);
            assert.equal(await dialog.locator('code').innerText(), guest.address);
            await button('Done').click();
            await button('Revoke Poster').waitFor();
            assert.ok(!(await page.content()).includes(guest.address));
            const forms = await guest.listForms();
            assert.deepEqual(
                forms.map((one) => one.id),
                ['clinic'],
            );
            assert.match(await guest.download(forms[0].url), /id="clinic"/);
            await guest.askToSend();
            assert.equal((await guest.sendInstance(instanceOf(another('000000000001')))).status, 201);
            await button('Revoke Poster').click();
            await dialog.getByText(/what waits unsent on phones is refused/).waitFor();
            await dialog.getByRole('button', { name: 'Revoke' }).click();
            await page.getByText('Revoked', { exact: true }).waitFor();
            assert.equal((await guest.sendInstance(instanceOf(another('000000000002')))).status, 401);
            await page.goto(`${form}/submissions`);
            await page.getByRole('gridcell', { name: 'Poster' }).first().waitFor();
        },
    );

    await step('a draft is tried by its code; its tests are counted, shown and exported apart', async () => {
        const second = inVersion(formText, 2);
        await api('POST', `/api/projects/${project}/forms/draft?formId=clinic`, Buffer.from(second, 'utf8'), {
            'Content-Type': 'text/markdown',
            'X-File-Name': 'clinic.md',
        });
        await page.goto(`${form}/draft`);
        await page.getByText('0 test submissions').waitFor();
        await page.getByText(/the code stops working at once/).waitFor();
        await expectAccessible(page);
        const tester = await scan(page.getByRole('img', { name: 'Code to try the draft with ODK Collect' }));
        assert.match(tester.address, /\/v1\/test\/[^/]+\/projects\/\d+\/forms\/clinic\/draft$/);
        const [offered] = await tester.listForms();
        assert.equal(offered.version, '2');
        const test = instanceOf(another('Tester')).replace('version="1"', 'version="2"');
        assert.equal((await tester.sendInstance(test)).status, 201);
        await button('Refresh').click();
        await page.getByText('1 test submission', { exact: true }).waitFor();
        await page.getByRole('link', { name: 'Look at the tests' }).click();
        await page.getByText('1 submission', { exact: true }).waitFor();
        await page.getByRole('gridcell', { name: 'Tester' }).waitFor();
        await expectAccessible(page);
        await button('Export').click();
        await dialog.getByText(/^1 submission · 2 tables/).waitFor();
        await button('Start export').click();
        const link = dialog.getByRole('link', { name: 'Download', exact: true });
        await link.waitFor();
        const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
        const rows = readCsv(readZip(readFileSync(await file.path())).get('clinic.csv'));
        assert.deepEqual(
            rows.map((row) => row.name),
            ['Tester'],
        );
    });

    await step('a draft that is replaced ends the code of the one before', async () => {
        await page.goto(`${form}/draft`);
        const image = page.getByRole('img', { name: 'Code to try the draft with ODK Collect' });
        const before = await scan(image);
        const third = inVersion(formText, 3);
        await api('POST', `/api/projects/${project}/forms/draft?formId=clinic`, Buffer.from(third, 'utf8'), {
            'Content-Type': 'text/markdown',
            'X-File-Name': 'clinic.md',
        });
        await page.reload();
        await page.getByText('1 test submission', { exact: true }).waitFor();
        const after = await scan(image);
        assert.notEqual(after.address, before.address);
        assert.equal((await before.send('GET', `${before.address}/formList`)).status, 404);
        assert.equal((await after.listForms())[0].version, '3');
    });
}
