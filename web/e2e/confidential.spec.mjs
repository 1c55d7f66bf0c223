// Confidential questions: marked in the workbook, seen as such by everyone, opened by a holder on purpose, marked beside the form.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { arrangeForm, expectAccessible, expectNoOverflow, runJourney } from './stage.mjs';

const here = dirname(fileURLToPath(import.meta.url));
await runJourney(async (stage) => {
    const { server, page, step, api } = stage;
    const { project, phone } = await arrangeForm(
        stage,
        readFileSync(join(here, 'confidential.md'), 'utf8'),
        'wells',
    );
    const form = `${server.url}/projects/${project}/forms/wells`;
    const sent = await phone.sendInstance(
        '<data id="wells" version="1"><well>North well</well><owner>Okello</owner><greeting>Dear Okello</greeting>' +
            '<home>15.5 32.5 400 5</home><meta><instanceID>uuid:wells-1</instanceID></meta></data>',
    );
    assert.equal(sent.status, 201, `${sent.body}`);
    // Whoever runs an organisation reads no confidential answers by that alone: the right is given by name.
    const { id } = (await api('GET', '/api/session')).account;
    const give = () =>
        api('POST', '/api/access/grants', {
            person: id,
            role: 'confidential-reader',
            place: `project:${project}`,
        });
    const said = () => page.locator('main').innerText();

    await step('the page of the form says what is confidential, why, and what others see', async () => {
        await page.goto(`${form}/confidential`);
        await page.getByRole('heading', { name: 'Confidential questions' }).waitFor();
        const words = (await said()).replaceAll(/[\u2066-\u2069]/g, '');
        assert.match(words, /Owner of the well[\s\S]*Marked as confidential/);
        assert.match(words, /greeting[\s\S]*Is made of Owner of the well/);
        assert.match(words, /moved by up to 500 m/);
        await expectAccessible(page);
        await expectNoOverflow(page);
    });

    await step('another question is made confidential beside the form', async () => {
        await page.getByRole('button', { name: 'Make a question confidential' }).click();
        await page.getByLabel('Question or group').selectOption({ label: 'Well (well)' });
        await page.getByRole('button', { name: 'Make confidential' }).click();
        await page.getByRole('dialog').waitFor({ state: 'hidden' });
        await page.getByRole('heading', { name: 'Well well' }).waitFor();
    });

    await step('the table says confidential, and shows no name', async () => {
        await page.goto(`${form}/submissions`);
        await page.getByRole('gridcell', { name: 'Confidential' }).first().waitFor();
        assert.doesNotMatch(await said(), /Okello/);
    });

    const show = page.getByRole('button', { name: 'Show confidential answers' });
    await step('a record shows them to nobody without the right', async () => {
        await page.goto(`${form}/submissions/uuid%3Awells-1`);
        await page.getByText('Moved by up to 500 m').waitFor();
        assert.doesNotMatch(await said(), /Okello|15\.5, 32\.5/);
        assert.equal(await show.count(), 0);
    });

    await step('a holder sees them when they ask, and hides them again', async () => {
        await give();
        await page.reload();
        await show.click();
        await page.getByText('Dear Okello').waitFor();
        await expectAccessible(page);
        await page.getByRole('button', { name: 'Hide' }).click();
        await page.getByText('Dear Okello').waitFor({ state: 'hidden' });
    });

    await step('the page of the form lists who may read them', async () => {
        await page.goto(`${form}/confidential`);
        await page.getByRole('heading', { name: 'Who may read them' }).waitFor();
        await page.getByRole('cell', { name: 'Reads confidential answers' }).waitFor();
        await expectAccessible(page);
        await page.setViewportSize({ width: 360, height: 740 });
        await expectNoOverflow(page);
        await page.setViewportSize({ width: 1280, height: 800 });
    });

    await step('an export holds them only when that is ticked', async () => {
        await page.goto(`${form}/exports`);
        await page.getByLabel('With confidential answers and files').check();
        await expectAccessible(page);
    });
});
