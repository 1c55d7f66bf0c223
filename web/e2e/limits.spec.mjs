// An operator limits and suspends; the phone of the project keeps what it has, and all of it arrives when the suspension is lifted.
import assert from 'node:assert/strict';
import { expectAccessible, expectEverywhere, expectNoOverflow, runJourney } from './stage.mjs';

await runJourney(async ({ server, page, step, api }) => {
    const dialog = page.getByRole('dialog');
    const main = page.getByRole('main');
    const project = (await api('POST', '/api/projects', { name: 'Wells of Arua' })).id;
    const person = (await api('POST', '/v1/users', { email: 'amina@example.org', password: null })).id;
    // Its name stands in one piece, in whatever language the sentence is.
    const one = `\u2068Wells of Arua\u2069 (project ${project})`;

    await step('an operator finds what holds for all, and that nothing else is limited', async () => {
        await page.goto(`${server.url}/server/health`);
        await page.getByRole('link', { name: 'Limits' }).click();
        await main.getByText('60,000 requests a minute at most').waitFor();
        await main.getByText('No project is limited by itself or suspended.').waitFor();
        await expectEverywhere(page);
    });

    await step('what all may have is changed, and what is no number is not taken', async () => {
        await main.getByRole('button', { name: 'Change', exact: true }).click();
        await dialog.getByRole('textbox', { name: 'New submissions a day' }).fill('many');
        await dialog.getByText(/^Write a whole number/).waitFor();
        assert.ok(await dialog.getByRole('button', { name: 'Save' }).isDisabled());
        await dialog.getByRole('textbox', { name: 'New submissions a day' }).fill('5000');
        await dialog.getByRole('textbox', { name: 'Stored megabytes' }).fill('2000');
        await expectEverywhere(page);
        await dialog.getByRole('button', { name: 'Save' }).click();
        await dialog.waitFor({ state: 'detached' });
        await main.getByText('5,000 new submissions a day at most').waitFor();
        await main.getByText('2 GB of submissions and files at most').waitFor();
    });

    await step('a project is found by its number, measured and limited by itself', async () => {
        await main.getByRole('textbox', { name: 'Number of the project' }).fill('999999');
        await main.getByRole('button', { name: 'Find the project' }).click();
        await main.getByText('There is no such project or account.').waitFor();
        await main.getByRole('textbox', { name: 'Number of the project' }).fill(String(project));
        await main.getByRole('button', { name: 'Find the project' }).click();
        await main.getByText('Uses: 0 this hour, 0 today, 0 bytes stored').waitFor();
        await main.getByRole('button', { name: `Limit ${one}` }).click();
        await dialog.getByRole('textbox', { name: 'New submissions an hour' }).fill('100');
        await dialog.getByRole('button', { name: 'Save' }).click();
        await dialog.waitFor({ state: 'detached' });
        await main.getByText('100 new submissions an hour at most').waitFor();
    });

    await step('it is suspended, with why and whom to ask', async () => {
        await main.getByRole('button', { name: `Suspend ${one}, or change why` }).click();
        await dialog.getByRole('textbox', { name: 'Why' }).fill('Answers come by the thousand.');
        await dialog.getByRole('textbox', { name: 'Whom to ask' }).fill('help@example.org');
        await expectEverywhere(page);
        await dialog.getByRole('button', { name: 'Suspend' }).click();
        await dialog.waitFor({ state: 'detached' });
        await main.getByText('Suspended', { exact: true }).waitFor();
        await expectEverywhere(page);
    });

    await step('its people read why, and that nothing is lost', async () => {
        await page.goto(`${server.url}/projects/${project}`);
        await main.getByText('This project is suspended').waitFor();
        await main.getByText('Answers come by the thousand.').waitFor();
        await main.getByText('Ask \u2068help@example.org\u2069').waitFor();
        assert.equal(await main.getByRole('button', { name: 'Edit' }).count(), 0);
        await expectEverywhere(page);
    });

    await step('an account is suspended, and both are lifted', async () => {
        await page.goto(`${server.url}/server/limits`);
        await main.getByRole('searchbox').fill('amina');
        await main.getByRole('button', { name: 'Find the account' }).click();
        await main.getByRole('button', { name: /^Suspend amina@example\.org, / }).click();
        await dialog.getByRole('textbox', { name: 'Why' }).fill('Somebody else has its password.');
        await dialog.getByRole('textbox', { name: 'Whom to ask' }).fill('help@example.org');
        await dialog.getByRole('button', { name: 'Suspend' }).click();
        await dialog.waitFor({ state: 'detached' });
        assert.equal((await api('GET', '/api/limits/accounts')).items[0].id, person);
        for (const lifted of [one, 'amina@example.org']) {
            await main.getByRole('button', { name: `Lift the suspension of ${lifted}` }).click();
            await dialog.getByRole('button', { name: 'Lift the suspension' }).click();
            await dialog.waitFor({ state: 'detached' });
        }
        await main.getByText('Suspended', { exact: true }).first().waitFor({ state: 'detached' });
        assert.equal((await api('GET', `/api/projects/${project}`)).suspension, null);
    });

    await step('it stands in the book of the project in words', async () => {
        await page.goto(`${server.url}/projects/${project}/activity`);
        const lines = main.getByRole('list', { name: 'Activity' }).getByRole('listitem');
        await lines.filter({ hasText: 'suspended the project' }).first().waitFor();
        await lines.filter({ hasText: 'lifted the suspension of the project' }).first().waitFor();
    });

    await step('all of it reads from right to left, too', async () => {
        await page.evaluate(() => localStorage.setItem('fieldkeep.language', 'ar'));
        for (const width of [1280, 360]) {
            await page.setViewportSize({ width, height: 740 });
            await page.goto(`${server.url}/server/limits`, { waitUntil: 'networkidle' });
            assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
            await expectNoOverflow(page);
            await expectAccessible(page);
        }
    });
});
