// The rights of people with accounts: a text to agree to, one's data as a file, all data of the organisation, and leaving and coming back.
import assert from 'node:assert/strict';
import { admin, expectAccessible, expectNoOverflow, runJourney } from './stage.mjs';

const leaver = { email: 'leaver@example.org', password: 'granite otter lantern 42 maple' };

await runJourney(async ({ server, page, step }) => {
    const button = (name) => page.getByRole('button', { name, exact: true });
    const dialog = page.getByRole('dialog');

    /** Asks the server as the page does. */
    const send = (method, path, json) =>
        page.evaluate(
            async ({ method, path, json }) => {
                const { csrf } = await (await fetch('/api/session')).json();
                const answer = await fetch(path, {
                    method,
                    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf },
                    body: JSON.stringify(json),
                });
                return { status: answer.status, text: await answer.text() };
            },
            { method, path, json },
        );

    async function download(act) {
        const [file] = await Promise.all([page.waitForEvent('download'), act()]);
        assert.equal(await file.failure(), null);
        return file.suggestedFilename();
    }

    await step('a new text is asked about before one goes on', async () => {
        await page.goto(`${server.url}/projects`);
        assert.equal(
            (await send('POST', '/api/texts', { kind: 'terms', body: 'Be kind.\n\nKeep what you are told.' }))
                .status,
            200,
        );
        await page.reload();
        await dialog.getByText('Keep what you are told.').waitFor();
        await expectAccessible(page);
        await dialog.getByRole('button', { name: 'I agree' }).click();
        await dialog.waitFor({ state: 'detached' });
    });

    await step('one is told what is held and takes it along', async () => {
        await page.goto(`${server.url}/account/data`);
        await page.getByText('Name and address', { exact: true }).waitFor();
        await page.getByText(/You agreed on/).waitFor();
        await expectAccessible(page);
        assert.equal(
            await download(() => page.getByRole('link', { name: 'Download my data' }).click()),
            'my-data.zip',
        );
    });

    await step('all data of the organisation is one file', async () => {
        await page.goto(`${server.url}/units/1/data`);
        await page.getByRole('button', { name: /^Agree for the organisation/ }).click();
        await page.getByText(/Admin.? agreed on/).waitFor();
        await button('Download everything').click();
        await expectAccessible(page);
        assert.equal(
            await download(() => dialog.getByRole('button', { name: 'Download everything' }).click()),
            'archive-of-unit-1.zip',
        );
        await dialog.waitFor({ state: 'detached' });
        await page.reload();
        await page.getByText(/Submissions: 0, projects: 0/).waitFor();
    });

    await step('who leaves is out at once, and the letter brings them back', async () => {
        assert.equal((await send('POST', '/v1/users', leaver)).status, 200);
        const guest = await page.context().browser().newContext({ ignoreHTTPSErrors: true });
        const away = await guest.newPage();
        await away.goto(`${server.url}/sign-in`);
        await away.getByLabel('E-mail', { exact: true }).fill(leaver.email);
        await away.getByLabel('Password', { exact: true }).fill(leaver.password);
        await away.getByRole('button', { name: 'Sign in', exact: true }).click();
        await away.getByRole('dialog').getByRole('button', { name: 'I agree' }).click();
        await away.getByRole('dialog').waitFor({ state: 'detached' });
        await away.goto(`${server.url}/account/removal`);
        const remove = away.getByRole('button', { name: 'Remove my account', exact: true });
        await remove.waitFor();
        assert.ok(await remove.isDisabled());
        await expectAccessible(away);
        await away.setViewportSize({ width: 360, height: 740 });
        await expectNoOverflow(away);
        await away.getByLabel('Type your e-mail address to confirm').fill(leaver.email);
        await remove.click();
        await away.getByText('Your account has ended').waitFor();
        const letter = await server.letterTo(leaver.email, /being removed/);
        await away.goto(letter.split('\n').find((line) => line.startsWith('https://')) ?? '');
        await expectAccessible(away);
        await away.getByRole('button', { name: 'Get my account back', exact: true }).click();
        await away.getByText(/Your account is yours again/).waitFor();
        await guest.close();
    });

    await step('who runs the server alone cannot leave it', async () => {
        await page.goto(`${server.url}/account/removal`);
        await page.getByText(/Nobody but you runs this server/).waitFor();
        assert.equal(await button('Remove my account').count(), 0);
        assert.ok(await page.getByText(admin.email).first().isVisible());
    });
});
