// Second factors in a real browser: an authenticator app, recovery codes, and a passkey on Chromium's virtual authenticator.
import assert from 'node:assert/strict';
import { readQr } from './qr.mjs';
import { admin, expectAccessible, expectNoOverflow, runJourney } from './stage.mjs';
import { totpOf } from './totp.mjs';

await runJourney(async ({ server, context, page, step }) => {
    const button = (name) => page.getByRole('button', { name, exact: true });
    const heading = (name) => page.getByRole('heading', { name, exact: true });
    const dialog = page.getByRole('dialog');
    let secret = '';
    let codes = [];

    async function signOut() {
        await button(`Account of ${admin.name}`).click();
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
        await heading('Sign in').waitFor();
    }

    async function givePassword() {
        await page.getByLabel('E-mail').fill(admin.email);
        await page.getByLabel('Password', { exact: true }).fill(admin.password);
        await button('Sign in').click();
        await heading('Second step').waitFor();
    }

    await step('an administrator is told by when a second factor is due, with the way there', async () => {
        await page.goto(`${server.url}/projects`);
        await page.getByText(/^Set up a second factor by /).waitFor();
        await expectAccessible(page);
        await page.getByRole('link', { name: 'Go to security' }).click();
        await heading('Authenticator app').waitFor();
        await expectAccessible(page);
    });

    await step(
        'an authenticator app is set up by its picture, and recovery codes are shown once',
        async () => {
            await button('Set up an authenticator app').click();
            const picture = page.getByRole('img', { name: 'Code to scan with the authenticator app' });
            await picture.waitFor();
            await expectAccessible(page);
            secret = (await dialog.locator('code').innerText()).replaceAll(' ', '');
            const scanned = new URL(await readQr(picture));
            assert.equal(scanned.searchParams.get('secret'), secret);
            await dialog.getByLabel('Code of the authenticator app').fill(totpOf(secret, 5));
            await dialog.getByRole('button', { name: 'Activate' }).click();
            await dialog.getByText(/^This code is not right/).waitFor();
            await dialog.getByLabel('Code of the authenticator app').fill(totpOf(secret));
            await dialog.getByRole('button', { name: 'Activate' }).click();
            await heading('Recovery codes').first().waitFor();
            await dialog.getByRole('listitem').first().waitFor();
            codes = await dialog.getByRole('listitem').locator('code').allInnerTexts();
            assert.equal(codes.length, 10);
            await expectAccessible(page);
            await button('I have put them away').click();
            await page.getByText('10 codes left').waitFor();
            assert.equal(await page.getByText(/^Set up a second factor by /).count(), 0);
            assert.ok(!(await page.content()).includes(codes[0]));
        },
    );

    await step('signing in asks for a code of the app, on a narrow screen too', async () => {
        await signOut();
        await page.setViewportSize({ width: 360, height: 740 });
        await givePassword();
        await expectAccessible(page);
        await expectNoOverflow(page);
        await page.getByLabel('Code of the authenticator app').fill(totpOf(secret, 1));
        await button('Sign in').click();
        await heading('Projects').waitFor();
        await page.goto(`${server.url}/account/security`);
        await heading('Passkeys').waitFor();
        await expectAccessible(page);
        await expectNoOverflow(page);
        await page.setViewportSize({ width: 1280, height: 800 });
    });

    await step('a recovery code signs in once', async () => {
        await signOut();
        for (const expected of ['in', 'refused']) {
            await givePassword();
            await button('Use a recovery code').click();
            await page.getByLabel('Recovery code').fill(codes[0].toLowerCase());
            await button('Sign in').click();
            if (expected === 'refused') {
                await page.getByText(/^This code is not right/).waitFor();
                await button('Begin again').click();
            } else {
                await heading('Projects').waitFor();
                await signOut();
            }
        }
        await givePassword();
        await button('Use a recovery code').click();
        await page.getByLabel('Recovery code').fill(codes[1]);
        await button('Sign in').click();
        await heading('Projects').waitFor();
    });

    await step('a passkey is added and signs in alone', async () => {
        const devtools = await context.newCDPSession(page);
        await devtools.send('WebAuthn.enable');
        await devtools.send('WebAuthn.addVirtualAuthenticator', {
            options: {
                protocol: 'ctap2',
                transport: 'internal',
                hasResidentKey: true,
                hasUserVerification: true,
                isUserVerified: true,
                automaticPresenceSimulation: true,
            },
        });
        await page.goto(`${server.url}/account/security`);
        await button('Add a passkey').click();
        await dialog.getByLabel('Name').fill('Work laptop');
        await expectAccessible(page);
        await dialog.getByRole('button', { name: 'Add a passkey' }).click();
        // Who has a factor shows it before another one is added, however they came in.
        await heading('Confirm that it is you').waitFor();
        await expectAccessible(page);
        await dialog.getByLabel('Password', { exact: true }).fill(admin.password);
        await dialog.getByRole('button', { name: 'Use a recovery code' }).click();
        await dialog.getByLabel('Recovery code').fill(codes[2]);
        await dialog.getByRole('button', { name: 'Confirm' }).click();
        await button('Rename Work laptop').waitFor();
        await expectAccessible(page);
        await signOut();
        await button('Sign in with a passkey').click();
        await heading('Projects').waitFor();
    });

    await step('what matters asks who it is once more, and then goes on by itself', async () => {
        await page.goto(`${server.url}/account/security`);
        await button('Remove Work laptop').click();
        await dialog.getByRole('button', { name: 'Remove', exact: true }).click();
        await heading('Confirm that it is you').waitFor();
        await expectAccessible(page);
        await button('Use a passkey').click();
        await button('Rename Work laptop').waitFor({ state: 'detached' });
        await page.getByText('7 codes left').waitFor();
    });
});
