// Keeping and deleting: a hold that keeps, a person found and taken out of the answers, and answers replaced for good.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { arrangeForm, expectEverywhere, runJourney } from './stage.mjs';
import { instanceOf, visits } from './visits.mjs';

const here = dirname(fileURLToPath(import.meta.url));
await runJourney(async (stage) => {
    const { server, page, step, api } = stage;
    const button = (name) => page.getByRole('button', { name, exact: true });
    const dialog = page.getByRole('dialog');
    const { project, phone } = await arrangeForm(
        stage,
        await readFile(join(here, 'clinic.md'), 'utf8'),
        'clinic',
    );
    const some = visits.slice(0, 3);
    for (const visit of some) {
        assert.equal((await phone.sendInstance(instanceOf(visit))).status, 201);
    }
    const home = `${server.url}/projects/${project}`;
    const answersOf = async (visit) =>
        (
            await api(
                'GET',
                `/api/projects/${project}/forms/clinic/submissions/${encodeURIComponent(visit.id)}`,
            )
        ).tree;

    await step(
        'a hold stands on a project and is seen, also on a narrow screen and in the dark',
        async () => {
            await page.goto(`${home}/keeping`);
            await button('Place a hold').click();
            await dialog.getByLabel('Why?').fill('A court asked for it.');
            await dialog.getByRole('button', { name: 'Place a hold' }).click();
            await page.getByText('The whole project is on hold').waitFor();
            await page.getByText('On hold', { exact: true }).waitFor();
            await expectEverywhere(page);
        },
    );

    await step('nothing goes while it stands; it is lifted with a reason', async () => {
        await page.goto(`${home}/person`);
        await button('Tick all').click();
        await page.getByLabel('What names the person').fill('amina');
        await page.getByRole('main').getByRole('button', { name: 'Find', exact: true }).click();
        await page.getByRole('heading', { name: '2 submissions found' }).waitFor();
        assert.equal(await page.getByRole('checkbox', { name: /^Choose .*uuid/, disabled: true }).count(), 2);
        await page.goto(`${home}/keeping`);
        await button('Lift the hold').click();
        await dialog.getByLabel('Why?').fill('The case is closed.');
        await dialog.getByRole('button', { name: 'Lift the hold' }).click();
        await page.getByText('No hold stands on this project.').waitFor();
        await page.getByLabel('Days in the trash').fill('181');
        await page.getByText('Write a whole number from 0 to 180.').waitFor();
        await page.getByLabel('Days in the trash').fill('14');
        await button('Save').click();
        await page.getByText('Saved.').waitFor();
    });

    await step('a retention rule waits seven days, everybody is told, and it is taken back', async () => {
        const none = page.getByText('There is no rule: what was collected stays');
        const days = dialog.getByLabel('Days after a submission came');
        await page.goto(`${home}/keeping`);
        await none.waitFor();
        await button('Add a rule').click();
        await days.fill('0');
        await dialog.getByText('Write a whole number from 1 to 3,650.').waitFor();
        await days.fill('٣٠');
        await dialog.getByText('Today it would touch nothing.').waitFor();
        await expectEverywhere(page);
        await dialog.getByRole('button', { name: 'Add the rule' }).click();
        await page.getByText('Waiting', { exact: true }).waitFor();
        await expectEverywhere(page);
        await page.goto(home);
        await page.getByText('A retention rule of this project will begin to act.').waitFor();
        await expectEverywhere(page);
        await page.getByRole('link', { name: 'Look at it, or take it back' }).click();
        await page.getByRole('button', { name: /^Take back: / }).click();
        await dialog.getByRole('button', { name: 'Take back', exact: true }).click();
        await none.waitFor();
    });

    await step('a person is found and their answers are taken out, with a report', async () => {
        await page.goto(`${home}/person`);
        await button('Tick all').click();
        await page.getByLabel('What names the person').fill('amina');
        await page.getByRole('main').getByRole('button', { name: 'Find', exact: true }).click();
        await page.getByRole('heading', { name: '2 submissions found' }).waitFor();
        await expectEverywhere(page);
        await page.getByRole('checkbox', { name: new RegExp(`^Choose .*${some[0].id}$`) }).check();
        await button('Erase what is chosen').click();
        await dialog.getByLabel('Why?').fill('She asked for it.');
        await dialog.getByLabel('Type 1 to confirm').fill('1');
        await expectEverywhere(page);
        await dialog.getByRole('button', { name: 'Erase for good' }).click();
        await page.getByRole('heading', { name: '1 submission found' }).waitFor();
        assert.doesNotMatch(JSON.stringify(await answersOf(some[0])), /Amina/);
        await page.goto(`${home}/keeping`);
        await page.getByRole('cell', { name: 'Answers taken out' }).first().waitFor();
        const [file] = await Promise.all([
            page.waitForEvent('download'),
            page
                .getByRole('button', { name: /^Download report/ })
                .first()
                .click(),
        ]);
        assert.match(await readFile(await file.path(), 'utf8'), /"kind": "mask"/);
    });

    await step('answers are replaced after a look at what becomes of them', async () => {
        await page.goto(`${home}/forms/clinic/pseudonyms`);
        await page.getByLabel(/^What becomes of .Name/).selectOption('pseudonym');
        await page.getByLabel(/^What becomes of .Age/).selectOption('band');
        await button('Preview').click();
        await page.getByRole('heading', { name: '2. Preview' }).waitFor();
        await page
            .getByRole('cell', { name: /^P-0001/ })
            .first()
            .waitFor();
        await expectEverywhere(page);
        await page.getByLabel('Type 3 to confirm').fill('3');
        await button('Replace for good').click();
        await page.getByRole('row', { name: /^Answers replaced Done/ }).waitFor();
        assert.match(JSON.stringify(await answersOf(some[1])), /P-000\d/);
    });
});
