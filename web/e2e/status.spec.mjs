// An operator tells of an incident; somebody who is not signed in reads it, from its beginning to what was learnt.
import assert from 'node:assert/strict';
import { expectAccessible, expectEverywhere, expectNoOverflow, runJourney } from './stage.mjs';

await runJourney(async ({ server, browser, page, step, api }) => {
    const dialog = page.getByRole('dialog');
    const main = page.getByRole('main');
    const stranger = await (
        await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB', timezoneId: 'Africa/Nairobi' })
    ).newPage();
    const tell = () => dialog.getByRole('button', { name: 'Tell everybody' }).click();

    await step('who is not signed in finds from the sign-in page how the server is', async () => {
        await stranger.goto(`${server.url}/`);
        await stranger.getByRole('link', { name: 'Server status' }).click();
        await stranger.getByText('Works', { exact: true }).waitFor();
        await stranger.getByText('Operators report nothing.').waitFor();
        await expectEverywhere(stranger);
    });

    await step('an operator comes from the health of the server and tells of an incident', async () => {
        await page.goto(`${server.url}/server/health`);
        await page.getByRole('link', { name: 'Tell everybody' }).click();
        await main.getByText('Nothing was told yet').waitFor();
        await expectEverywhere(page);
        await page.getByRole('button', { name: 'Tell of an incident' }).click();
        await dialog.getByRole('textbox', { name: 'In one line' }).fill('Sending from phones is slow');
        await dialog.getByRole('combobox', { name: 'How much it is felt' }).selectOption('slower');
        await dialog.getByRole('checkbox', { name: 'Sending from phones' }).check();
        await dialog
            .getByRole('textbox', { name: 'What people are told' })
            .fill('We look into it.\nWe say more at ten.');
        await expectEverywhere(page);
        await page.keyboard.press('Escape');
        await tell();
        await dialog.waitFor({ state: 'detached' });
        await main.getByRole('heading', { name: 'Sending from phones is slow' }).waitFor();
        await expectEverywhere(page);
    });

    await step('whoever looks at the status sees it', async () => {
        await stranger.reload();
        await stranger.getByText('Disturbed', { exact: true }).waitFor();
        await stranger.getByText('Slower than usual · Sending from phones').waitFor();
        await stranger.getByText(/^We look into it\.\s+We say more at ten\.$/).waitFor();
        await expectEverywhere(stranger);
    });

    await step('of two operators who write at once the second reads again, and loses nothing', async () => {
        await page.getByRole('button', { name: /^Tell more: / }).click();
        await dialog.getByRole('combobox', { name: 'How it stands' }).selectOption('over');
        await dialog.getByRole('textbox', { name: 'What people are told' }).fill('The disk is replaced.');
        const [{ id, revision }] = (await api('GET', '/api/incidents')).items;
        await api('POST', `/api/incidents/${id}/updates`, { revision, state: 'identified', text: 'A disk.' });
        await tell();
        await dialog.getByText(/^Nothing was done yet/).waitFor();
        await expectEverywhere(page);
        await dialog.getByRole('button', { name: 'Read it again' }).click();
        await dialog.getByText('A disk.', { exact: true }).waitFor();
        await expectEverywhere(page);
        await tell();
        await dialog.waitFor({ state: 'detached' });
        await main.getByText('Over', { exact: true }).first().waitFor();
    });

    await step('what was learnt is written, and unfolded by whoever wants to know', async () => {
        await page.getByRole('button', { name: /^Post-mortem: / }).click();
        await dialog
            .getByRole('textbox', { name: 'Post-mortem' })
            .fill('A disk was worn.\nThere are two now.');
        await dialog.getByRole('button', { name: 'Save' }).click();
        await dialog.waitFor({ state: 'detached' });
        await stranger.reload();
        await stranger.getByText('Works', { exact: true }).waitFor();
        await stranger.getByText('What was learnt').click();
        await stranger.getByText(/^A disk was worn\.\s+There are two now\.$/).waitFor();
        assert.doesNotMatch(await stranger.getByRole('main').innerText(), /Admin/);
        await expectEverywhere(stranger);
    });

    await step('it stands in the book of activities in words', async () => {
        await page.goto(`${server.url}/activity?kind=incident`);
        const lines = main.getByRole('list', { name: 'Activity' }).getByRole('listitem');
        for (const words of ['told everybody of an incident', 'wrote what was learnt from an incident']) {
            await lines
                .filter({ hasText: words })
                .filter({ hasText: 'Sending from phones is slow' })
                .waitFor();
        }
    });

    await step('all of it reads from right to left, too', async () => {
        for (const [one, path] of [
            [stranger, '/status'],
            [page, '/server/incidents'],
        ]) {
            await one.evaluate(() => localStorage.setItem('fieldkeep.language', 'ar'));
            for (const width of [1280, 360]) {
                await one.setViewportSize({ width, height: 740 });
                await one.goto(`${server.url}${path}`, { waitUntil: 'networkidle' });
                assert.equal(await one.evaluate(() => document.documentElement.dir), 'rtl');
                await expectNoOverflow(one);
                await expectAccessible(one);
            }
        }
    });
});
