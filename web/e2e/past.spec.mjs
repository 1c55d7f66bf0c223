// A submission's past: two edits with their differences, back to the first, into the trash and out; and the proof of it, elsewhere.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './server.mjs';
import { arrangeForm, expectAccessible, expectNoOverflow, runJourney } from './stage.mjs';
import { instanceOf, visits } from './visits.mjs';

const form = join(dirname(fileURLToPath(import.meta.url)), 'clinic.md');
await runJourney(async (stage) => {
    const { server, page, step } = stage;
    const { project, phone } = await arrangeForm(stage, await readFile(form, 'utf8'), 'clinic');
    const [visit] = visits;
    const second = `${visit.id}-2`;
    const third = `${visit.id}-3`;
    const table = `${server.url}/projects/${project}/forms/clinic/submissions`;
    const record = `${table}/${encodeURIComponent(visit.id)}`;
    const button = (name) => page.getByRole('button', { name, exact: true });
    const link = (name) => page.getByRole('link', { name, exact: true });
    const dialog = page.getByRole('dialog');
    const entry = (words) =>
        page.getByRole('listitem').filter({ has: page.getByText(words, { exact: true }) });

    async function send(xml) {
        const answer = await phone.sendInstance(xml);
        assert.equal(answer.status, 201, `${answer.body}`);
    }

    await step('two edits stand in the history, each with what it changed', async () => {
        await send(instanceOf(visit));
        await send(instanceOf(visit, 'Amina O.', visit.id));
        await send(
            instanceOf(visit, 'Amina Ouédraogo', second).replaceAll(
                `<instanceID>${second}<`,
                `<instanceID>${third}<`,
            ),
        );
        await page.goto(record);
        const last = entry('Edited: version 3');
        await last.locator('del', { hasText: 'Amina O.' }).waitFor();
        await last.locator('ins', { hasText: 'Amina Ouédraogo' }).waitFor();
        const first = entry('Edited: version 2');
        await first.locator('del', { hasText: visit.name }).waitFor();
        await first.locator('ins', { hasText: 'Amina O.' }).waitFor();
        assert.equal(await last.getByRole('button', { name: 'Go back to this version' }).count(), 0);
        await expectAccessible(page);
    });

    await step('the first version comes back as the fourth, with the reason', async () => {
        await entry('Received').getByRole('button', { name: 'Go back to this version' }).click();
        await dialog.getByText('Go back to version 1').waitFor();
        await dialog.getByLabel('Why? (optional)').fill('The first name was right.');
        await expectAccessible(page);
        await dialog.getByRole('button', { name: 'Go back to this version' }).click();
        const back = entry('Version 4: back to version 1');
        await back.getByText('The first name was right.').waitFor();
        await back.locator('ins', { hasText: visit.name }).waitFor();
    });

    await step('into the trash, where no list has it, and out of it again', async () => {
        await button('Move to trash').click();
        await expectAccessible(page);
        await dialog.getByRole('button', { name: 'Move to trash' }).click();
        // Not before it is done: the list would be read without it.
        await page.waitForURL(/\/submissions(\?|$)/);
        await link('Trash').click();
        await page.getByText(visit.id).waitFor();
        await expectAccessible(page);
        await page.setViewportSize({ width: 360, height: 740 });
        await expectNoOverflow(page);
        await page.setViewportSize({ width: 1280, height: 800 });
        await button(`Bring back ${visit.id}`).click();
        await page.getByRole('heading', { name: 'The trash is empty' }).waitFor();
        await page.goto(record);
        await entry('Brought back from the trash').waitFor();
        await entry('Moved to the trash').waitFor();
        await entry('Version 4: back to version 1').waitFor();
    });

    await step('the key of the project is replaced, and the server tells of its keys', async () => {
        await page.goto(`${server.url}/projects/${project}/keys`);
        await button('Replace the key').click();
        await expectAccessible(page);
        await dialog.getByRole('button', { name: 'Replace the key' }).click();
        await page.getByText('Opens only').waitFor();
        await expectAccessible(page);
        await page.goto(`${server.url}/keys`);
        await page.getByRole('heading', { name: 'Replacements under way' }).waitFor();
        await page.getByText('No backup directory is known').waitFor();
        await page.getByRole('heading', { name: 'No project was erased' }).waitFor();
        await expectAccessible(page);
        await page.setViewportSize({ width: 360, height: 740 });
        await expectNoOverflow(page);
        await page.setViewportSize({ width: 1280, height: 800 });
    });

    if (server.data !== undefined) {
        await step('the past is verified here and, without the server, in another directory', async () => {
            const place = await mkdtemp(join(tmpdir(), 'fieldkeep-past-'));
            try {
                const [backup, elsewhere] = [join(place, 'backup'), join(place, 'elsewhere')];
                assert.match(
                    await runProgram('verify', '--data', server.data),
                    /^all holds: .* 4 versions of submissions/m,
                );
                await runProgram('backup', '--data', server.data, '--to', backup);
                await runProgram('restore', '--from', backup, '--data', elsewhere);
                assert.match(
                    await runProgram('verify', '--data', elsewhere),
                    /^all holds: .* 4 versions of submissions/m,
                );
            } finally {
                await rm(place, { recursive: true, force: true });
            }
        });
    }
});
