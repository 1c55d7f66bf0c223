// A deployment with two stages, from the letter that invites its people to the removal of one of them: who sees what, when.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Phone } from './collect.mjs';
import { arrangeForm, expectAccessible, expectNoOverflow, runJourney } from './stage.mjs';
import { instanceOf, visits } from './visits.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const narrow = { width: 360, height: 740 };
const wide = { width: 1280, height: 800 };
const password = 'velvet harbour pigeon 73 cedar';
const people = {
    amina: { name: 'Amina', email: 'amina@example.org' },
    ben: { name: 'Ben', email: 'ben@example.org' },
    vera: { name: 'Vera', email: 'vera@example.org' },
};

await runJourney(async (stage) => {
    const { server, browser, page, step, api, complaints } = stage;
    const { project, phone } = await arrangeForm(
        stage,
        readFileSync(join(here, 'clinic.md'), 'utf8'),
        'clinic',
    );
    const form = `${server.url}/projects/${project}/forms/clinic`;
    const unit = (await api('GET', '/api/organisations')).items[0].unit;
    const button = (name) => page.getByRole('button', { name, exact: true });
    const dialog = page.getByRole('dialog');
    const [first, second, third] = [visits[0], visits[5], visits[7]];
    const pages = {};
    let token = '';
    let own = null;

    async function open(person) {
        const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB' });
        const opened = await context.newPage();
        opened.setDefaultTimeout(30_000);
        opened.on('pageerror', (error) => complaints.push(`${person}: ${error.message}`));
        pages[person] = opened;
        return opened;
    }

    async function linkOf(person) {
        const letter = await server.letterTo(people[person].email, /invit/i);
        return /https:\S+#\S+/.exec(letter)[0].replace(/^https:\/\/[^/]+/, server.url);
    }

    await step('people are invited by letter, and one accepts on the page', async () => {
        await page.goto(`${server.url}/units/${unit}/invitations?invite=yes`);
        await dialog.getByLabel('E-mail', { exact: true }).fill(people.amina.email);
        await expectAccessible(page);
        await dialog.getByRole('button', { name: 'Send' }).click();
        await page.getByRole('cell', { name: people.amina.email, exact: true }).waitFor();
        await expectAccessible(page);
        const amina = await open('amina');
        await amina.goto(await linkOf('amina'));
        await amina.getByText(/^Admin invites you to Household study as: Member only/).waitFor();
        await amina.getByLabel('Your name').fill(people.amina.name);
        await amina.getByLabel('Password', { exact: true }).fill(password);
        await amina
            .getByText(/^(Very good|Good)\./)
            .first()
            .waitFor();
        await amina.getByRole('button', { name: 'Make my account and accept' }).click();
        await amina.getByRole('heading', { name: 'Projects' }).waitFor();
        for (const person of ['ben', 'vera']) {
            await api('POST', `/api/units/${unit}/invitations`, {
                email: people[person].email,
                uses: 1,
                days: 7,
            });
            const opened = await open(person);
            const accepted = await opened.request.post(`${server.url}/api/invitations/acceptance`, {
                data: { token: (await linkOf(person)).split('#')[1], ...people[person], password },
            });
            assert.ok(accepted.ok(), await accepted.text());
        }
    });

    await step('a form is deployed with two stages', async () => {
        await page.goto(`${form}/deployments`);
        await page.getByRole('heading', { name: 'No deployments yet' }).waitFor();
        await expectAccessible(page);
        await button('Create a deployment').click();
        await dialog.getByLabel('Name').fill('North');
        await expectAccessible(page);
        await dialog.getByRole('button', { name: 'Create a deployment' }).click();
        await page.getByRole('heading', { name: /^North/ }).waitFor();
        for (const [at, name] of ['Supervisor', 'Head office'].entries()) {
            await button('Add a stage').click();
            await page.getByLabel('Stage', { exact: true }).nth(at).fill(name);
        }
        await expectAccessible(page);
        await button('Save').first().click();
        await page.getByRole('status').filter({ hasText: 'Saved.' }).waitFor();
        await page.reload();
        await page.getByLabel('Stage', { exact: true }).nth(1).waitFor();
        assert.equal(await page.getByLabel('Stage', { exact: true }).nth(1).inputValue(), 'Head office');
    });

    await step('people and a phone get their roles in it by name', async () => {
        const give = async (role, name, at = null) => {
            await button('Give a role').click();
            await dialog.getByLabel('Role').selectOption({ label: role });
            if (at !== null) {
                await dialog.getByLabel('Stage').selectOption({ label: at });
            }
            await dialog.getByLabel('Name or e-mail address').fill(name);
            await dialog.getByRole('radio', { name: new RegExp(`^${name}`) }).check();
            await expectAccessible(page);
            await dialog.getByRole('button', { name: 'Add', exact: true }).click();
            await dialog.waitFor({ state: 'hidden' });
        };
        await give('Approver', 'Amina', 'Supervisor');
        await give('Approver', 'Ben', 'Head office');
        await give('Viewer', 'Vera');
        await give('Enumerator', 'Amina');
        await button('Give a role').click();
        await dialog.getByLabel('Role').selectOption({ label: 'Enumerator' });
        await dialog.getByLabel('Who').selectOption({ label: 'App user' });
        await dialog.getByRole('button', { name: 'Add', exact: true }).click();
        await button('Take out Phone 1').waitFor();
        await expectAccessible(page);
        await page.setViewportSize(narrow);
        await expectNoOverflow(page);
        await page.setViewportSize(wide);
    });

    await step('what a phone sends waits at the first stage, and is seen by nobody else', async () => {
        for (const visit of [first, second, third]) {
            const answer = await phone.sendInstance(instanceOf({ ...visit, photo: '' }));
            assert.equal(answer.status, 201, `${answer.body}`);
        }
        const { amina, ben, vera } = pages;
        await amina.goto(`${server.url}/inbox`);
        await amina.getByText(/3 submissions · oldest /).waitFor();
        await expectAccessible(amina);
        await amina.getByRole('link', { name: 'North · Supervisor' }).click();
        await amina.getByText('3 submissions match').waitFor();
        await amina.getByRole('gridcell', { name: 'Waits: Supervisor' }).first().waitFor();
        await expectAccessible(amina);
        await ben.goto(`${server.url}/inbox`);
        await ben.getByRole('heading', { name: 'Nothing waits for you' }).waitFor();
        await vera.goto(`${form}/submissions`);
        await vera.getByRole('heading', { name: 'No submissions yet' }).waitFor();
        await expectAccessible(vera);
        const guessed = await vera.request.get(
            `${server.url}/api/projects/${project}/forms/clinic/submissions/${encodeURIComponent(first.id)}`,
        );
        assert.equal(guessed.status(), 404);
    });

    await step('the first stage rejects one with a message and approves the others together', async () => {
        const { amina } = pages;
        const inDialog = amina.getByRole('dialog');
        await amina.getByRole('gridcell', { name: first.name, exact: true }).click();
        await amina.getByRole('region', { name: 'Approval stages' }).waitFor();
        await expectAccessible(amina);
        await amina.getByRole('button', { name: /^Reject/ }).click();
        await inDialog.getByLabel('Why').fill('The age is missing.');
        await expectAccessible(amina);
        await inDialog.getByRole('button', { name: 'Reject', exact: true }).click();
        await inDialog.waitFor({ state: 'hidden' });
        await amina.goto(`${server.url}/inbox`);
        await amina.getByRole('link', { name: 'North · Supervisor' }).click();
        await amina.getByText('2 submissions match').waitFor();
        await amina.getByRole('checkbox', { name: 'Choose all loaded rows' }).check();
        await amina.getByText('2 submissions chosen').waitFor();
        await expectAccessible(amina);
        await amina.setViewportSize(narrow);
        await expectNoOverflow(amina);
        await amina.setViewportSize(wide);
        const chosen = amina.getByRole('region', { name: 'What is chosen' });
        await chosen.getByRole('button', { name: 'Approve' }).click();
        await expectAccessible(amina);
        await inDialog.getByRole('button', { name: 'Approve' }).click();
        await amina.getByRole('heading', { name: 'No submission matches' }).waitFor();
    });

    await step('a viewer sees them only when the last stage has approved', async () => {
        const { ben, vera } = pages;
        await vera.reload();
        await vera.getByRole('heading', { name: 'No submissions yet' }).waitFor();
        await ben.reload();
        await ben.getByRole('link', { name: 'North · Head office' }).click();
        await ben.getByText('2 submissions match').waitFor();
        // The newer one first: what is approved gives way to the next one.
        await ben.getByRole('gridcell', { name: third.name, exact: true }).click();
        await ben.getByText('Amina', { exact: true }).first().waitFor();
        await ben.getByRole('button', { name: /^Approve/ }).click();
        await ben.getByText(second.name, { exact: true }).waitFor();
        await ben.getByRole('button', { name: /^Approve/ }).click();
        await ben.getByText('Final', { exact: true }).first().waitFor();
        await vera.reload();
        await vera.getByText('2 submissions', { exact: true }).waitFor();
        await vera.getByRole('gridcell', { name: second.name, exact: true }).click();
        await vera.getByText('Final').first().waitFor();
        await expectAccessible(vera);
        assert.equal(await vera.getByText('Phone 1').count(), 0);
        assert.equal(await vera.getByRole('button', { name: /^(Approve|Reject)/ }).count(), 0);
    });

    await step('what was rejected is corrected on the phone and becomes final too', async () => {
        const { amina, ben, vera } = pages;
        const answer = await phone.sendInstance(
            instanceOf({ ...first, photo: '' }, 'Amina, corrected', first.id),
        );
        assert.equal(answer.status, 201, `${answer.body}`);
        for (const [who, at] of [
            [amina, 'Supervisor'],
            [ben, 'Head office'],
        ]) {
            await who.goto(`${server.url}/inbox`);
            await who.getByRole('link', { name: `North · ${at}` }).click();
            await who.getByRole('gridcell', { name: 'Amina, corrected' }).click();
            await who
                .getByText('“The age is missing.”')
                .or(who.getByText('The age is missing.'))
                .first()
                .waitFor();
            await who
                .getByText(/Corrected and sent again/)
                .first()
                .waitFor();
            await expectAccessible(who);
            await who.getByRole('button', { name: /^Approve/ }).click();
            await who.getByRole('status').filter({ hasText: 'Approved.' }).waitFor();
        }
        await vera.goto(`${form}/submissions`);
        await vera.getByText('3 submissions', { exact: true }).waitFor();
        await page.goto(`${form}/deployments`);
        await page.getByRole('link', { name: 'North' }).click();
        await page.getByRole('cell', { name: 'Final' }).waitFor();
        await expectAccessible(page);
    });

    await step('a member has a token and a phone of their own', async () => {
        const { amina } = pages;
        const made = amina.getByRole('dialog');
        const secretOf = async (verb, name) => {
            await amina.getByRole('button', { name: verb, exact: true }).click();
            await made.getByLabel('Name').fill(name);
            await made.getByRole('button', { name: verb, exact: true }).click();
            const secret = (await made.locator('code').innerText()).trim();
            await expectAccessible(amina);
            await made.getByRole('button', { name: 'Done' }).click();
            return secret;
        };
        await amina.goto(`${server.url}/account/tokens`);
        token = await secretOf('Make an API token', 'Script');
        const secret = await secretOf('Make an app password', 'Collect');
        const basic = Buffer.from(`${people.amina.email}:${secret}`).toString('base64');
        own = new Phone(`${server.url}/v1/projects/${project}`, `Basic ${basic}`);
        assert.deepEqual(
            (await own.listForms()).map((one) => one.id),
            ['clinic'],
        );
        const asked = await phone.send('GET', `${server.url}/v1/users/current`, {
            Authorization: `Bearer ${token}`,
        });
        assert.equal(asked.status, 200, `${asked.body}`);
    });

    await step(
        'removed, the next request of every session, token and phone of theirs is refused',
        async () => {
            const { amina } = pages;
            await page.goto(`${server.url}/units/${unit}/people`);
            await button('Remove Amina').click();
            await dialog.getByText(/^Loses the role Approver/).waitFor();
            await dialog.getByText(/^Nothing is left to them on this server/).waitFor();
            await expectAccessible(page);
            await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
            await dialog.waitFor({ state: 'hidden' });
            assert.equal((await amina.request.get(`${server.url}/api/inbox`)).status(), 401);
            const asked = await phone.send('GET', `${server.url}/v1/users/current`, {
                Authorization: `Bearer ${token}`,
            });
            assert.equal(asked.status, 401);
            assert.equal((await own.send('GET', `${own.address}/formList`)).status, 401);
            const sent = await own.sendInstance(instanceOf({ ...visits[8], photo: '' }));
            assert.equal(sent.status, 401);
            await amina.reload();
            await amina.getByRole('heading', { name: 'Sign in' }).waitFor();
            // The phone of the project belongs to the project.
            assert.equal((await phone.listForms()).length, 1);
        },
    );
});
