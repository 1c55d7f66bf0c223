// An organisation in a real browser: two branches, an invitation by link accepted in another browser, and a removal that acts at once.
import assert from 'node:assert/strict';
import { expectAccessible, expectNoOverflow, runJourney } from './stage.mjs';

const amina = { name: 'Amina', email: 'amina@example.org', password: 'velvet harbour pigeon 73 cedar' };

await runJourney(async ({ server, browser, page, step, api }) => {
    const button = (name) => page.getByRole('button', { name, exact: true });
    const dialog = page.getByRole('dialog');
    const row = (name) => page.getByRole('treeitem').filter({ hasText: name });
    const projects = {};
    let link = '';
    const elsewhere = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB' });
    const other = await elsewhere.newPage();
    other.setDefaultTimeout(30_000);

    await step('an organisation gets two branches, drawn as a tree for the keyboard', async () => {
        await page.goto(`${server.url}/organisations`);
        await page.getByRole('link', { name: 'Household study' }).click();
        await page.getByRole('tree', { name: 'Chart' }).waitFor();
        await expectAccessible(page);
        for (const name of ['North', 'South']) {
            await row('Household study').first().click();
            await button('Add below').click();
            await dialog.getByLabel('Name', { exact: true }).fill(name);
            await expectAccessible(page);
            await dialog.getByRole('button', { name: 'Add', exact: true }).click();
            await row(name).waitFor();
        }
        await row('Household study').first().focus();
        await page.keyboard.press('ArrowDown');
        assert.equal(await row('North').getAttribute('aria-selected'), 'true');
        const chart = await api('GET', `/api/units/${page.url().split('/').at(-1)}`);
        for (const unit of chart.units) {
            projects[unit.name] = await api('POST', '/api/projects', {
                name: `Wells of the ${unit.name}`,
                unit: unit.id,
            });
        }
    });

    await step('a link into one branch is made and shown once, on a narrow screen too', async () => {
        await page.setViewportSize({ width: 360, height: 740 });
        await expectNoOverflow(page);
        await row('North').click();
        await page.getByRole('link', { name: 'Open', exact: true }).click();
        await page.getByRole('heading', { name: 'North' }).waitFor();
        await page.getByRole('link', { name: 'Invitations' }).click();
        await button('Invite').click();
        await dialog.getByLabel('How').selectOption('link');
        await dialog.getByLabel('Role').selectOption('viewer');
        await expectAccessible(page);
        await button('Make the link').click();
        await dialog.getByRole('img', { name: 'Code of the invitation' }).waitFor();
        link = (await dialog.locator('code').innerText()).trim();
        await expectAccessible(page);
        await expectNoOverflow(page);
        await button('Done').click();
        await page.setViewportSize({ width: 1280, height: 800 });
    });

    await step(
        'somebody accepts it in another browser and sees the project of their branch only',
        async () => {
            await other.goto(link);
            await other.getByText(/^Admin invites you to Household study › North as: Viewer/).waitFor();
            await expectAccessible(other);
            await other.getByLabel('Your name').fill(amina.name);
            await other.getByLabel('E-mail').fill(amina.email);
            await other.getByLabel('Password', { exact: true }).fill(amina.password);
            await other.getByText('Very good.').or(other.getByText('Good.')).first().waitFor();
            await other.getByRole('button', { name: 'Make my account and accept' }).click();
            await other.getByRole('link', { name: 'Wells of the North' }).first().waitFor();
            assert.equal(await other.getByText('Wells of the South').count(), 0);
            const guessed = await other.request.get(`${server.url}/api/projects/${projects.South.id}`);
            assert.equal(guessed.status(), 404);
            const again = await page.request.post(`${server.url}/api/invitations/reading`, {
                data: { token: link.split('#')[1] },
            });
            assert.equal(again.status(), 409);
        },
    );

    await step('the project says who reaches it, and why', async () => {
        await page.goto(`${server.url}/projects/${projects.North.id}/people`);
        await page.getByText(/^Viewer: at North/).waitFor();
        await page.getByText(/Amina.? got the role Viewer at .?North/).waitFor();
        await expectAccessible(page);
    });

    await step('a removal says what ends, and the next request of every session is refused', async () => {
        const north = projects.North.unit;
        assert.equal((await other.request.get(`${server.url}/api/projects`)).status(), 200);
        await page.goto(`${server.url}/units/${north}/people`);
        await button('Remove Amina').click();
        await dialog.getByText(/^Loses the role Viewer/).waitFor();
        await dialog.getByText(/^Nothing is left to them on this server/).waitFor();
        await expectAccessible(page);
        await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
        await page.getByText('amina@example.org').waitFor({ state: 'detached' });
        const refused = await other.request.get(`${server.url}/api/projects`);
        assert.equal(refused.status(), 401);
        await other.reload();
        await other.getByRole('heading', { name: 'Sign in' }).waitFor();
    });

    await elsewhere.close();
});
