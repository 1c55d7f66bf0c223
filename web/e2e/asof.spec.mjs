// The past of settings: who could see what on a day, and changes that are undone in the browser.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { arrangeForm, expectEverywhere, runJourney } from './stage.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const amina = { name: 'Amina', email: 'amina@example.org', password: 'velvet harbour pigeon 73 cedar' };

await runJourney(async (stage) => {
    const { server, browser, page, step, api } = stage;
    const { project } = await arrangeForm(stage, await readFile(join(here, 'clinic.md'), 'utf8'), 'clinic');
    const pages = `${server.url}/projects/${project}`;
    const { unit } = await api('GET', `/api/projects/${project}`);
    const button = (name) => page.getByRole('button', { name, exact: true });
    const link = (name) => page.getByRole('link', { name, exact: true });
    const dialog = page.getByRole('dialog');
    const change = (words) => page.getByRole('listitem').filter({ hasText: words });

    /** Somebody belongs to the organisation and holds no role. */
    async function welcome(person) {
        const invited = await api('POST', `/api/units/${unit}/invitations`, { uses: 1, days: 7 });
        const elsewhere = await browser.newContext({ ignoreHTTPSErrors: true });
        const accepted = await elsewhere.request.post(`${server.url}/api/invitations/acceptance`, {
            data: { token: invited.link.split('#')[1], ...person },
        });
        assert.ok(accepted.ok(), await accepted.text());
        const { id } = (await (await elsewhere.request.get(`${server.url}/api/session`)).json()).account;
        await elsewhere.close();
        return id;
    }

    await step('the page of today shows what was set up, and who reaches it by which role', async () => {
        const person = await welcome(amina);
        await api('POST', '/api/access/grants', { person, role: 'viewer', place: `project:${project}` });
        await api('PATCH', `/api/projects/${project}`, { name: 'Clinics of the north' });
        await page.goto(`${pages}/people`);
        await link('Who could see what on a day').click();
        await page.getByRole('definition').filter({ hasText: 'Clinics of the north' }).waitFor();
        await page.getByRole('cell', { name: 'clinic', exact: true }).waitFor();
        const row = page.getByRole('row').filter({ hasText: 'Amina' });
        await row.getByText(/^Viewer: at Clinics of the north/).waitFor();
        await expectEverywhere(page);
    });

    await step('a day before the project’s beginning is told calmly, and back leads to today', async () => {
        await button('Day before').click();
        await page.getByRole('heading', { name: 'It was not there on this day' }).waitFor();
        assert.match(page.url(), /\?at=\d{4}-\d\d-\d\d$/);
        assert.equal(await page.getByRole('alert').count(), 0);
        await expectEverywhere(page);
        await page.goBack();
        await page.getByRole('row').filter({ hasText: 'Amina' }).waitFor();
        assert.ok(await button('Day after').isDisabled());
        await page.getByLabel('Day', { exact: true }).fill('2020-02-29');
        await page.getByRole('heading', { name: 'It was not there on this day' }).waitFor();
        await button('Go to today').first().click();
        await page.getByRole('row').filter({ hasText: 'Amina' }).waitFor();
    });

    await step('a changed name is undone, and the name is back on every page', async () => {
        await link('Changes').first().click();
        const renamed = change('changed the project').first();
        await renamed.locator('del', { hasText: 'Clinics' }).waitFor();
        await renamed.locator('ins', { hasText: 'Clinics of the north' }).waitFor();
        await expectEverywhere(page);
        await renamed.getByRole('button', { name: /^Undo…/ }).click();
        await dialog.locator('del', { hasText: 'Clinics of the north' }).waitFor();
        await dialog.locator('ins', { hasText: 'Clinics' }).waitFor();
        await expectEverywhere(page);
        await dialog.getByRole('button', { name: 'Undo', exact: true }).click();
        await page.getByRole('heading', { level: 1, name: 'Clinics', exact: true }).waitFor();
        await change('changed the project').nth(1).waitFor();
        assert.equal(await change('changed the project').count(), 2);
    });

    await step('an older change is undone only with the newer one, which is shown', async () => {
        await change('changed the project')
            .nth(1)
            .getByRole('button', { name: /^Undo…/ })
            .click();
        await dialog.getByText(/there is nothing to undo/).waitFor();
        await dialog.getByRole('button', { name: 'Cancel' }).click();
        await api('PATCH', `/api/projects/${project}`, { name: 'Clinics of the south' });
        await page.reload();
        await change('changed the project')
            .nth(2)
            .getByRole('button', { name: /^Undo…/ })
            .click();
        await dialog.getByText('The same thing was changed since').waitFor();
        const undo = dialog.getByRole('button', { name: 'Undo', exact: true });
        assert.ok(await undo.isDisabled());
        await dialog.getByLabel('Undo that change too').check();
        await expectEverywhere(page);
        await undo.click();
        await page.getByRole('heading', { level: 1, name: 'Clinics', exact: true }).waitFor();
    });

    await step('a role is taken away through “Undo”, and the page of today no longer shows it', async () => {
        const given = change('gave a role').filter({ hasText: 'Amina' });
        await given.locator('ins', { hasText: 'Viewer' }).waitFor();
        await given.getByRole('button', { name: /^Undo…/ }).click();
        await dialog.locator('del', { hasText: 'Viewer' }).waitFor();
        await dialog.getByRole('button', { name: 'Undo', exact: true }).click();
        await change('took a role away').filter({ hasText: 'Amina' }).waitFor();
        await page.goto(`${pages}/past`);
        await page.getByRole('definition').filter({ hasText: 'Clinics' }).waitFor();
        assert.equal(await page.getByRole('row').filter({ hasText: 'Amina' }).count(), 0);
    });

    await step('changes are found by who made them, what they are of, and the days', async () => {
        await page.goto(`${pages}/changes`);
        await page.getByRole('combobox', { name: 'What' }).selectOption({ label: 'Forms' });
        await change('changed the project').first().waitFor({ state: 'detached' });
        await change('published').waitFor();
        assert.match(page.url(), /\?kind=form$/);
        await page.getByLabel('To', { exact: true }).fill('2020-01-01');
        await page.getByRole('heading', { name: 'No changes' }).waitFor();
        await button('Show all').click();
        await change('changed the project').first().waitFor();
    });

    await step('a unit has its past, and its new name is undone where the server’s changes are', async () => {
        await api('PATCH', `/api/units/${unit}`, { name: 'Household studies' });
        await page.goto(`${server.url}/units/${unit}`);
        await link('On a day').click();
        await page.getByRole('heading', { level: 3, name: 'Household studies' }).waitFor();
        await page.getByText(/Amina/).first().waitFor();
        await expectEverywhere(page);
        await link('Changes of units and the server').click();
        const renamed = change('renamed a unit').first();
        await renamed.locator('del', { hasText: 'Household study' }).waitFor();
        await expectEverywhere(page);
        await renamed.getByRole('button', { name: /^Undo…/ }).click();
        await dialog.getByRole('button', { name: 'Undo', exact: true }).click();
        await change('renamed a unit').nth(1).waitFor();
        assert.equal((await api('GET', `/api/units/${unit}`)).unit.name, 'Household study');
    });

    await step('in Arabic both pages read from the right', async () => {
        await page.evaluate(() => localStorage.setItem('fieldkeep.language', 'ar'));
        for (const [address, heading] of [
            [`${pages}/past`, 'من كان يرى ماذا في يوم ما'],
            [`${pages}/changes`, 'Clinics'],
        ]) {
            await page.goto(address);
            await page.getByRole('heading', { name: heading }).waitFor();
            assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
            await expectEverywhere(page);
        }
    });
});
