// The first form, from an empty server to exported data, in a real browser and with a simulated phone.
// BASE_URL names a server that has not been set up; without it one is started. The last line says what passed.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Phone, photoOf } from './collect.mjs';
import { mendMistakes } from './mistakes.mjs';
import { admin, expectAccessible, expectNoOverflow, runFirstJourney } from './stage.mjs';
import { readCsv, readZip } from './zip.mjs';

const here = dirname(fileURLToPath(import.meta.url));
let recoveryKey = '';
let project = '';
let token = '';
let phone;
const households = [
    {
        village: 'Kaya',
        rooms: '2',
        assets: 'radio phone',
        people: [
            ['Awa', '34'],
            ['Issa', '7'],
        ],
        remarks: 'Says "hello", twice',
    },
    { village: 'Ziniaré', rooms: '3', assets: 'bicycle', people: [['José', '51']], remarks: 'Two\nlines' },
    {
        village: 'مدينة',
        rooms: '1',
        assets: '',
        people: [
            ['عائشة', '29'],
            ['Li', '4'],
            ['Bo', '2'],
        ],
        remarks: '=1+1',
    },
].map((household, index) => ({
    ...household,
    instanceId: `uuid:${randomUUID()}`,
    photoName: `house-${index + 1}.jpg`,
    photo: photoOf(`house ${index + 1}`),
}));

function instanceOf(form, household) {
    const version = /<data [^>]*version="([^"]*)"/.exec(form)?.[1] ?? '';
    const people = household.people
        .map(([name, age]) => `<person><person_name>${name}</person_name><age>${age}</age></person>`)
        .join('');
    return (
        `<?xml version='1.0' ?><data id="household" version="${version}" xmlns:orx="http://openrosa.org/xforms">` +
        `<start>2026-11-20T08:00:00.000+01:00</start><village>${household.village}</village><consent>yes</consent>` +
        `<home><rooms>${household.rooms}</rooms><assets>${household.assets}</assets></home>${people}` +
        `<photo>${household.photoName}</photo><remarks>${household.remarks}</remarks>` +
        `<meta><instanceID>${household.instanceId}</instanceID></meta></data>`
    );
}

await runFirstJourney(async ({ server, page, step }) => {
    const button = (name) => page.getByRole('button', { name, exact: true });
    const heading = (name) => page.getByRole('heading', { name });

    await step('an empty server asks to be set up', async () => {
        await page.goto(server.url);
        await heading('Set up Fieldkeep').waitFor();
        assert.match(page.url(), /\/first-run$/);
        await expectAccessible(page);
    });

    await step('its pages come packed, and an address with a dot is a page too', async () => {
        const script = await page.evaluate(() => document.querySelector('script[src]').src);
        const answer = await page.request.get(script, { headers: { 'Accept-Encoding': 'br' } });
        assert.equal(answer.headers()['content-encoding'], 'br');
        assert.match(answer.headers()['content-type'], /javascript/);
        assert.match(answer.headers()['cache-control'], /immutable/);
        const plain = await page.request.get(script, { headers: { 'Accept-Encoding': 'identity' } });
        assert.equal(plain.headers()['content-encoding'], undefined);
        assert.equal(await plain.text(), await answer.text());
        const dotted = await page.request.get(`${server.url}/projects/1/forms/household.v2`);
        assert.match(dotted.headers()['content-type'], /text\/html/);
        assert.equal((await page.request.get(`${server.url}/assets/missing.js`)).status(), 404);
    });

    await step('a password that can be guessed is refused before it is sent', async () => {
        await page.getByLabel('Organisation').fill('Household study');
        await page.getByLabel('Your name').fill(admin.name);
        await page.getByLabel('E-mail').fill(admin.email);
        await page.getByLabel('Password', { exact: true }).fill('household1');
        await page.getByText(/Very weak|Weak|Not enough yet/).waitFor();
        await page.getByLabel(/ready to put a recovery key/).check();
        await page.getByLabel('Start with a sample project').uncheck();
        await button('Set up').click();
        await page.getByText('This password could be guessed.').waitFor();
    });

    await step('setting up shows the recovery key once and goes on only when it is put away', async () => {
        await page.getByLabel('Password', { exact: true }).fill(admin.password);
        await page.getByText('Very good.').waitFor();
        await button('Set up').click();
        await heading('Your recovery key').waitFor();
        recoveryKey = await page.locator('code').first().innerText();
        assert.ok(recoveryKey.length >= 20, `recovery key: ${recoveryKey}`);
        assert.ok(await button('Go on').isDisabled());
        await expectAccessible(page);
        await page.getByLabel('I have put the recovery key in a safe place').check();
        await button('Go on').click();
        await heading('No project yet').waitFor();
        assert.ok(!(await page.content()).includes(recoveryKey));
    });

    await step('a project is created', async () => {
        await expectAccessible(page);
        await button('Create project').first().click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Name').fill('Household study');
        await dialog.getByRole('button', { name: 'Create project' }).click();
        await heading('No form yet').waitFor();
        project = /\/projects\/(\d+)/.exec(page.url())[1];
        await expectAccessible(page);
    });

    await step('a form with mistakes is refused with their places', async () => {
        await page.getByRole('link', { name: 'Upload form' }).click();
        await heading('Upload form').waitFor();
        await page.locator('input[type=file]').setInputFiles(join(here, 'household-with-errors.md'));
        await heading(/household-with-errors\.md.* cannot be used yet/).waitFor();
        const words = await page.getByRole('listitem').filter({ hasText: 'D3' }).innerText();
        assert.match(words, /vilage/);
        assert.match(words, /Did you mean \$\{village\}\s?\?/);
        await expectAccessible(page);
    });

    await mendMistakes({ page, step });

    await step('a good form becomes a draft with an address to try it', async () => {
        await page.locator('input[type=file]').setInputFiles(join(here, 'household.md'));
        const onwards = page.getByRole('link', { name: 'Go to the draft' });
        await Promise.race([onwards.waitFor(), page.waitForURL(/\/draft$/)]);
        if (!page.url().endsWith('/draft')) {
            await onwards.click();
        }
        await heading(/Draft of version/).waitFor();
        assert.match(
            await page.locator('main').innerText(),
            /\/v1\/test\/[^/]+\/projects\/\d+\/forms\/household\/draft/,
        );
        await expectAccessible(page);
    });

    await step('publishing makes it a version', async () => {
        await button('Publish draft').click();
        await page.getByRole('dialog').getByRole('button', { name: 'Publish draft' }).click();
        await heading('No submissions yet').waitFor();
        await expectAccessible(page);
        await page.getByRole('link', { name: 'Versions' }).click();
        await page.getByText('In use').waitFor();
    });

    await step('an app user gets a code and a token, shown once', async () => {
        await page.goto(`${server.url}/projects/${project}/app-users`);
        await button('Add app user').first().click();
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Name').fill('Phone 1');
        await dialog.getByRole('button', { name: 'Add app user' }).click();
        const code = page.getByRole('img', { name: 'Code to connect ODK Collect as Phone 1' });
        await code.waitFor();
        assert.ok((await code.evaluate((image) => image.naturalWidth)) > 0, 'the code is not drawn');
        token = await dialog.locator('code').innerText();
        await expectAccessible(page);
        await button('Done').click();
        await button('Revoke Phone 1').waitFor();
        assert.ok(!(await page.content()).includes(token));
    });

    await step('a phone downloads the form', async () => {
        phone = new Phone(`${server.url}/v1/key/${token}/projects/${project}`);
        const forms = await phone.listForms();
        assert.deepEqual(
            forms.map((form) => form.id),
            ['household'],
        );
        phone.form = await phone.download(forms[0].url);
        assert.match(phone.form, /<h:html/);
        assert.match(phone.form, /id="household"/);
    });

    await step('it sends three filled forms with a photo each', async () => {
        await phone.askToSend();
        for (const household of households) {
            const answer = await phone.sendInstance(
                instanceOf(phone.form, household),
                household.photoName,
                household.photo,
            );
            assert.equal(answer.status, 201, `${answer.body}`);
            assert.match(String(answer.body), /OpenRosaResponse/);
        }
    });

    await step('sending one again stores it once', async () => {
        const [first] = households;
        const answer = await phone.sendInstance(instanceOf(phone.form, first), first.photoName, first.photo);
        assert.ok([201, 202].includes(answer.status), `${answer.status} ${answer.body}`);
    });

    await step('the table shows them', async () => {
        await page.goto(`${server.url}/projects/${project}/forms/household/submissions`);
        await page.getByText('3 submissions', { exact: true }).waitFor();
        const grid = page.getByRole('grid', { name: 'Submissions' });
        await grid.getByRole('gridcell', { name: 'Kaya' }).waitFor();
        const words = await grid.innerText();
        for (const household of households) {
            assert.ok(words.includes(household.village), `${household.village} is not in the table`);
        }
        assert.match(words, /Phone 1/);
        assert.match(words, /1 of 1/);
        await expectAccessible(page);
    });

    await step('a row opens with the keyboard, with its repeats and its photo', async () => {
        const grid = page.getByRole('grid', { name: 'Submissions' });
        await grid.focus();
        await page.keyboard.press('Control+End');
        await page.keyboard.press('Enter');
        await heading('Submission').first().waitFor();
        await page.getByText('Awa').waitFor();
        const words = await page.locator('main').innerText();
        for (const expected of ['Kaya', 'Yes', 'Issa', '34', 'Photo of the house', 'Says "hello", twice']) {
            assert.ok(words.includes(expected), `${expected} is not in the record`);
        }
        const photo = page.getByRole('img', { name: /Photo of the house/ });
        await photo.waitFor();
        await page.waitForFunction(
            (image) => image.complete && image.naturalWidth > 0,
            await photo.elementHandle(),
        );
        await expectAccessible(page);
        await page.getByRole('link', { name: 'Previous' }).click();
        await page.getByText('José').waitFor();
    });

    await step('the export holds all of it, repeats and photos included', async () => {
        await page.goto(`${server.url}/projects/${project}/forms/household/submissions`);
        await button('Export').click();
        // What is counted comes a moment later.
        await page
            .getByRole('dialog')
            .getByText(/^3 submissions · /)
            .waitFor();
        await button('Start export').click();
        const link = page.getByRole('dialog').getByRole('link', { name: 'Download' });
        await link.waitFor();
        await expectAccessible(page);
        const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
        const files = readZip(readFileSync(await download.path()));
        const names = [...files.keys()];
        const main = names.find((name) => /household\.csv$/.test(name));
        const repeat = names.find((name) => /person\.csv$/.test(name));
        assert.ok(main && repeat, `files: ${names.join(', ')}`);
        const rows = readCsv(files.get(main));
        assert.deepEqual(
            rows.map((row) => row.village).sort(),
            households.map((household) => household.village).sort(),
        );
        const kaya = rows.find((row) => row.village === 'Kaya');
        assert.equal(kaya.remarks, 'Says "hello", twice');
        assert.equal(kaya['home-rooms'], '2');
        const people = readCsv(files.get(repeat));
        assert.equal(people.length, 6);
        assert.deepEqual(
            people.map((person) => `${person.person_name} ${person.age}`).sort(),
            households.flatMap((household) => household.people.map((person) => person.join(' '))).sort(),
        );
        for (const household of households) {
            const photo = names.find((name) => name.endsWith(household.photoName));
            assert.ok(photo, `${household.photoName} is not in the archive`);
            assert.ok(
                files.get(photo).equals(household.photo),
                `${household.photoName} is not what was sent`,
            );
        }
    });

    await step('a revoked app user is shut out, and what it sent stays', async () => {
        await page.goto(`${server.url}/projects/${project}/app-users`);
        await button('Revoke Phone 1').click();
        await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
        await page.getByText('Revoked', { exact: true }).waitFor();
        const answer = await phone.send('GET', `${phone.address}/formList`);
        assert.ok([401, 403, 404].includes(answer.status), `formList answers ${answer.status}`);
        await page.goto(`${server.url}/projects/${project}/forms/household/submissions`);
        await page.getByText('3 submissions', { exact: true }).waitFor();
    });

    await step('the activity names what was done', async () => {
        await page.goto(`${server.url}/projects/${project}/activity`);
        const lines = page.getByRole('list', { name: 'Activity' }).getByRole('listitem');
        await lines.filter({ hasText: /revoked the app user/ }).waitFor();
        await lines
            .filter({ hasText: /published/ })
            .first()
            .waitFor();
        await expectAccessible(page);
    });

    await step('on a phone’s screen and from right to left nothing runs out of the page', async () => {
        await page.setViewportSize({ width: 360, height: 740 });
        await page.evaluate(() => localStorage.setItem('fieldkeep.language', 'ar'));
        for (const path of ['', '/app-users', '/forms/household/submissions', '/forms/household/versions']) {
            await page.goto(`${server.url}/projects/${project}${path}`, { waitUntil: 'networkidle' });
            assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
            await expectNoOverflow(page);
            await expectAccessible(page);
        }
        await page.evaluate(() => localStorage.removeItem('fieldkeep.language'));
        await page.setViewportSize({ width: 1280, height: 800 });
    });

    await step('signing out ends it; signing in leads back', async () => {
        await page.goto(`${server.url}/projects/${project}`);
        await button('Account of Admin').click();
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
        await heading('Sign in').waitFor();
        await expectAccessible(page);
        await page.goto(`${server.url}/projects/${project}`);
        await page.getByLabel('E-mail').fill(admin.email);
        await page.getByLabel('Password', { exact: true }).fill('not the password');
        await button('Sign in').click();
        await page.getByText('The e-mail or the password is not right').waitFor();
        await page.getByLabel('Password', { exact: true }).fill(admin.password);
        await button('Sign in').click();
        await heading('Household study').waitFor();
    });
});
