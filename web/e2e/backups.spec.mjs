// An operator sees how the backup stands, has a restore tried out, and gives a deleted project back as it was before.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { arrangeForm, expectAccessible, expectEverywhere, expectNoOverflow, runJourney } from './stage.mjs';
import { instanceOf, visits } from './visits.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const backup = await mkdtemp(join(tmpdir(), 'fieldkeep-e2e-backup-'));
// A restore starts a PostgreSQL of its own, on machines that do other things, too.
const longestRestoreMs = 240_000;
const look = async (page, name) => {
    for (const width of process.env.LOOK === undefined ? [] : [1280, 360]) {
        for (const colorScheme of ['light', 'dark']) {
            await page.emulateMedia({ colorScheme });
            await page.setViewportSize({ width, height: 800 });
            await page.screenshot({
                path: `${process.env.LOOK}/${name}-${width}-${colorScheme}.png`,
                fullPage: true,
            });
        }
    }
    await page.emulateMedia({ colorScheme: null });
    await page.setViewportSize({ width: 1280, height: 800 });
};

await runJourney(
    async (stage) => {
        const { server, page, step, api } = stage;
        const main = page.getByRole('main');
        const dialog = page.getByRole('dialog');
        const visit = visits[0];
        const { project, phone } = await arrangeForm(
            stage,
            await readFile(join(here, 'clinic.md'), 'utf8'),
            'clinic',
        );
        assert.equal((await phone.sendInstance(instanceOf(visit))).status, 201);

        await step(
            'an operator sees when the last backup was taken, and that it is on the disk of the data',
            async () => {
                await page.goto(`${server.url}/server/health`);
                await page.getByRole('link', { name: 'Backups', exact: true }).click();
                // The first one is taken while the page is looked at, which says so until then.
                await main
                    .getByRole('table', { name: 'Base backups' })
                    .waitFor({ timeout: longestRestoreMs });
                await main.getByText('The only backup is on the disk of the data').waitFor();
                await main.getByText(backup).first().waitFor();
                await main.getByRole('heading', { name: 'Base backups' }).waitFor();
                await main.getByText('No project was restored yet.').waitFor();
                assert.ok((await api('GET', '/api/backups')).targets[0].newestBase.bytes > 0);
                await expectEverywhere(page);
                await look(page, 'standing');
            },
        );

        await step('a restore is tried out, and went well', async () => {
            await main.getByText('No restore was tried out yet.').waitFor();
            await main.getByRole('button', { name: 'Try out a restore' }).click();
            await main.getByText('Went well').waitFor({ timeout: longestRestoreMs });
            await expectEverywhere(page);
            await look(page, 'rehearsed');
        });

        await step('a deleted project is chosen, and what it takes is looked at first', async () => {
            await api('DELETE', `/api/projects/${project}`);
            const { items } = await api('GET', '/api/recoveries/projects');
            const deletedAt = items.find((one) => String(one.id) === project).deletedAt;
            // The log of changes reaches beyond that moment within seconds.
            await arrangeLater(api, deletedAt);
            await main.getByRole('button', { name: 'Restore a project' }).click();
            await dialog.getByRole('combobox', { name: 'Project' }).selectOption(project);
            await dialog.getByText(/^It was deleted/).waitFor();
            assert.equal(await dialog.getByRole('combobox', { name: 'As of when' }).inputValue(), 'before');
            await dialog.getByRole('button', { name: 'Look what it takes first' }).click();
            await dialog.getByText('It can be restored', { exact: true }).waitFor();
            await expectEverywhere(page);
            await look(page, 'asking');
        });

        await step('it comes back beside the deleted one, with what was in it', async () => {
            await dialog.getByRole('button', { name: 'Restore the project' }).click();
            await dialog.waitFor({ state: 'detached' });
            const copy = main.getByRole('link', { name: /^Clinics \(as of/ });
            await copy.waitFor({ timeout: longestRestoreMs });
            await main.getByRole('button', { name: 'What did not come along' }).click();
            await main.getByText(/phones: Phone 1\.$/).waitFor();
            await expectEverywhere(page);
            await look(page, 'restored');
            await copy.click();
            await page.getByRole('heading', { level: 1, name: /^Clinics \(as of/ }).waitFor();
            const number = /\/projects\/(\d+)/.exec(page.url())[1];
            assert.notEqual(number, project);
            const { tree } = await api(
                'GET',
                `/api/projects/${number}/forms/clinic/submissions/${encodeURIComponent(visit.id)}`,
            );
            assert.match(JSON.stringify(tree), new RegExp(visit.name));
        });

        await step('it stands in the book of activities in words', async () => {
            await page.goto(`${server.url}/activity`);
            await main
                .getByRole('list', { name: 'Activity' })
                .getByText('made the project anew from a backup')
                .first()
                .waitFor();
        });

        await step('all of it reads from right to left, too', async () => {
            await page.evaluate(() => localStorage.setItem('fieldkeep.language', 'ar'));
            for (const width of [1280, 360]) {
                await page.setViewportSize({ width, height: 740 });
                await page.goto(`${server.url}/server/backups`, { waitUntil: 'networkidle' });
                assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
                await expectNoOverflow(page);
                await expectAccessible(page);
            }
            await look(page, 'arabic');
        });
    },
    ['--backup', backup],
);
await rm(backup, { recursive: true, force: true });

/** Waits until the log of changes that is kept reaches beyond a moment. */
async function arrangeLater(api, moment) {
    for (let tries = 0; tries < 60; tries++) {
        const { until } = (await api('GET', '/api/backups')).targets[0];
        if (until !== null && Date.parse(until) > Date.parse(moment)) {
            return;
        }
        await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    assert.fail('the log of changes does not reach beyond the deletion');
}
