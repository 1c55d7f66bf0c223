// Keys: a project's key is replaced, the recovery key is split among keepers, and a project is erased with its certificate.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './server.mjs';
import { arrangeForm, expectEverywhere, runJourney } from './stage.mjs';
import { instanceOf, visits } from './visits.mjs';

const here = dirname(fileURLToPath(import.meta.url));
await runJourney(async (stage) => {
    const { server, page, step } = stage;
    const button = (name) => page.getByRole('button', { name, exact: true });
    const dialog = page.getByRole('dialog');
    const { project, phone } = await arrangeForm(
        stage,
        await readFile(join(here, 'clinic.md'), 'utf8'),
        'clinic',
    );
    assert.equal((await phone.sendInstance(instanceOf(visits[0]))).status, 201);

    await step('a new key seals at once, and the page says how far the rest is', async () => {
        await page.goto(`${server.url}/projects/${project}/keys`);
        await page.getByRole('cell', { name: 'Seals', exact: true }).waitFor();
        await button('Replace the key').click();
        await dialog.getByRole('button', { name: 'Replace the key' }).click();
        await page.getByText(/Values sealed anew since|Everything is sealed anew/).waitFor();
        await page.getByRole('cell', { name: 'Opens only' }).waitFor();
        await expectEverywhere(page);
    });

    await step(
        'the recovery key goes to keepers in shares, and the page says that there is one',
        async () => {
            const said = await runProgram(
                'keys',
                'split',
                '--data',
                server.data,
                '--shares',
                '3',
                '--needed',
                '2',
            );
            assert.ok(said.trim().split('\n').length >= 3, 'three shares, a line for each keeper');
            await page.goto(`${server.url}/keys`);
            await page.getByText('Recovery key made').waitFor();
            assert.equal(await page.getByText(/There is no recovery key/).count(), 0);
            await page.getByText(/^project \d+$/).waitFor();
            await button('Begin a new epoch').click();
            await dialog.getByRole('button', { name: 'Begin a new epoch' }).click();
            await page.getByText('A new epoch has begun.').waitFor();
            await expectEverywhere(page);
        },
    );

    await step('a project is erased by its name, and its certificate is taken home', async () => {
        await page.goto(`${server.url}/projects/${project}/keys`);
        await button('Erase the project…').click();
        await dialog.getByLabel('Why?').fill('The study is over.');
        await dialog.getByLabel(/^Type/).fill('Clinic');
        const erase = dialog.getByRole('button', { name: 'Erase the project for good' });
        assert.ok(await erase.isDisabled());
        await dialog.getByLabel(/^Type/).fill('Clinics');
        await expectEverywhere(page);
        await erase.click();
        await page.getByRole('heading', { name: 'Erased projects' }).waitFor();
        const [file] = await Promise.all([
            page.waitForEvent('download'),
            page.getByRole('link', { name: 'Certificate' }).click(),
        ]);
        const path = await file.path();
        assert.match(await runProgram('keys', 'certificate', path), /^the signature holds: project \d+ /m);
        const gone = await page.request.get(`${server.url}/api/projects/${project}`);
        assert.equal(gone.status(), 404);
    });
});
