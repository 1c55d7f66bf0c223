// Witnesses elsewhere that hold what was signed, and the book of activities: filtered, and taken out as a file.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startMailServer } from './letters.mjs';
import { arrangeForm, expectEverywhere, expectNoOverflow, expectAccessible, runJourney } from './stage.mjs';
import { instanceOf, visits } from './visits.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const mail = await startMailServer();

// The other machine: it takes what comes, and keeps it.
const taken = [];
const witness = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
        taken.push({ signature: request.headers['fieldkeep-signature'], body: Buffer.concat(parts) });
        response.writeHead(204).end();
    });
});
witness.listen(0, '127.0.0.1');
await once(witness, 'listening');
const hook = `http://127.0.0.1:${witness.address().port}/hook`;

await runJourney(
    async (stage) => {
        const { server, page, step, api } = stage;
        const dialog = page.getByRole('dialog');
        const main = page.getByRole('main');
        const address = dialog.getByRole('textbox');
        const lines = main.getByRole('list', { name: 'Activity' }).getByRole('listitem');
        const add = () => page.getByRole('button', { name: 'Add a witness' }).click();
        const submit = () => dialog.getByRole('button', { name: 'Add the witness' }).click();
        const { project, phone } = await arrangeForm(
            stage,
            await readFile(join(here, 'clinic.md'), 'utf8'),
            'clinic',
        );
        for (const visit of visits.slice(0, 3)) {
            assert.equal((await phone.sendInstance(instanceOf(visit))).status, 201);
        }

        await step('who runs the server is warned while nobody elsewhere holds a checkpoint', async () => {
            await page.goto(`${server.url}/server/witnesses`);
            await page.getByText('Nobody elsewhere holds a checkpoint').waitFor();
            await page.getByText(/checkpoints\/log/).waitFor();
            await expectEverywhere(page);
        });

        await step('a wrong address is refused at its field', async () => {
            await add();
            await address.fill('nobody');
            await submit();
            await dialog.getByText('This is no e-mail address.', { exact: false }).waitFor();
            assert.equal(await address.getAttribute('aria-invalid'), 'true');
            await expectEverywhere(page);
            await dialog.getByRole('combobox', { name: 'Where it goes' }).selectOption('webhook');
            await address.fill('http://witness.example.org/');
            await submit();
            await dialog.getByText(/^Write a whole address that begins with https/).waitFor();
            assert.equal(await address.getAttribute('aria-invalid'), 'true');
            assert.equal(await page.getByRole('alert').count(), 0);
        });

        await step(
            'a letter with the newest checkpoint arrives within seconds, and the page says so',
            async () => {
                await dialog.getByRole('combobox', { name: 'Where it goes' }).selectOption('mail');
                await address.fill('keeper@example.org');
                await submit();
                await dialog.waitFor({ state: 'detached' });
                const letter = await mail.letterTo('keeper@example.org', /^Subject:/m);
                assert.match(letter, /^fieldkeep\/\S+/m);
                await main.getByText('Arrives', { exact: true }).waitFor();
            },
        );

        await step('a request to another machine is signed with a secret that is shown once', async () => {
            await add();
            await dialog.getByRole('combobox', { name: 'Where it goes' }).selectOption('webhook');
            await address.fill(hook);
            await submit();
            await dialog.getByText(/^This is shown only now/).waitFor();
            const secret = await dialog.locator('code').first().innerText();
            await expectEverywhere(page);
            await dialog.getByRole('button', { name: 'Done' }).click();
            await page.waitForFunction(
                () => document.querySelectorAll('main .badge.good').length === 2,
                undefined,
                { timeout: 20_000 },
            );
            const [{ signature, body }] = taken;
            const [, seconds, sign] = /^t=(\d+),v1=([0-9a-f]+)$/.exec(signature);
            assert.equal(createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex'), sign);
            assert.doesNotMatch(await main.innerText(), new RegExp(secret));
            await expectEverywhere(page);
        });

        await step('a checkpoint is sent at once, and no more goes when a witness is removed', async () => {
            await page.getByRole('button', { name: `Send now to ${hook}` }).click();
            await page.getByText('The other machine took the checkpoint.').waitFor();
            assert.equal(taken.length, 2);
            await page.getByRole('button', { name: `Remove ${hook}` }).click();
            await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
            await page.getByText('No more checkpoints go there.').waitFor();
            assert.equal((await api('GET', '/api/ledger/witnesses')).items.length, 1);
        });

        await step('the activity is filtered by a phone and by what was done', async () => {
            await page.goto(`${server.url}/projects/${project}/activity`);
            await lines.first().waitFor();
            await page.getByRole('combobox', { name: 'Who', exact: true }).selectOption({ label: 'Phone 1' });
            await page.getByRole('button', { name: 'Remove filter: Who: Phone 1' }).waitFor();
            await page
                .getByRole('combobox', { name: 'What was done', exact: true })
                .selectOption('submission.create');
            await page.getByRole('button', { name: /^Remove filter: What was done/ }).waitFor();
            await main.getByRole('list', { name: 'Activity' }).waitFor();
            await lines.nth(3).waitFor({ state: 'detached' });
            await lines.nth(2).waitFor();
            assert.equal(await lines.count(), 3);
            for (const line of await lines.allInnerTexts()) {
                assert.match(line, /Phone 1\s+· sent a submission/);
            }
            assert.match(page.url(), /\?person=\d+&action=submission\.create$/);
            await expectEverywhere(page);
        });

        await step('the file has the same lines, and that it was taken stands in the book', async () => {
            await page.getByRole('button', { name: 'Download…' }).click();
            await expectEverywhere(page);
            const [file] = await Promise.all([
                page.waitForEvent('download'),
                dialog.getByRole('link', { name: 'CSV, for spreadsheets' }).click(),
            ]);
            const rows = (await readFile(await file.path(), 'utf8')).trim().split('\r\n').slice(1);
            assert.equal(rows.length, 3);
            assert.ok(rows.every((row) => row.includes(',Phone 1,submission.create,')));
            await page.keyboard.press('Escape');
            await page.goto(`${server.url}/activity?action=activity.download`);
            await lines
                .filter({ hasText: /downloaded the activity\s+CSV/ })
                .first()
                .waitFor();
            await lines.filter({ hasText: 'Clinics' }).first().waitFor();
        });

        await step('what fits no line says which filters hold, and they are taken away', async () => {
            await page.goto(`${server.url}/projects/${project}/activity?kind=form&to=2026-01-01`);
            await page.getByText(/^Nothing was done for which all of this holds: To what: .*Forms/).waitFor();
            await expectEverywhere(page);
            await main.getByRole('button', { name: 'Clear all filters' }).last().click();
            await lines
                .filter({ hasText: /published/ })
                .first()
                .waitFor();
        });

        await step('what operators look after besides is there, on any screen', async () => {
            for (const [path, heading] of [
                ['/server/texts', 'Terms'],
                ['/server/accounts', 'Accounts'],
                ['/server/contact', 'Security contact'],
            ]) {
                await page.goto(`${server.url}${path}`, { waitUntil: 'networkidle' });
                await main.getByRole('heading', { name: heading }).first().waitFor();
                await expectEverywhere(page);
            }
        });

        await step('all of it reads from right to left, too', async () => {
            await page.evaluate(() => localStorage.setItem('fieldkeep.language', 'ar'));
            for (const path of [
                `/projects/${project}/activity?action=form.publish`,
                '/activity',
                '/server/witnesses',
                '/server/texts',
                '/server/accounts',
                '/server/contact',
                `/projects/${project}/keeping`,
                `/projects/${project}/keys`,
                `/projects/${project}/person`,
            ]) {
                for (const width of [1280, 360]) {
                    await page.setViewportSize({ width, height: 740 });
                    await page.goto(`${server.url}${path}`, { waitUntil: 'networkidle' });
                    assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
                    await expectNoOverflow(page);
                    await expectAccessible(page);
                }
            }
            await page.evaluate(() => localStorage.removeItem('fieldkeep.language'));
        });
    },
    [...mail.words, '--private-webhooks', 'yes'],
);
mail.stop();
witness.close();
