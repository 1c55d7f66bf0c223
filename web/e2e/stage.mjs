// What every journey needs: a server that is set up, a signed-in browser, steps that are counted, and axe.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { Phone } from './collect.mjs';
import { startServer } from './server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Who is signed in. */
export const admin = {
    email: 'admin@example.org',
    password: 'granite otter lantern 41 maple',
    name: 'Admin',
};

/** Starts a browser as a person has it. */
export function launchBrowser() {
    return chromium.launch({
        executablePath: [
            process.env.CHROMIUM,
            '/usr/bin/chromium-headless-shell',
            '/usr/bin/chromium',
            '/usr/bin/chromium-browser',
            '/usr/bin/google-chrome',
        ].find((path) => path && existsSync(path)),
        args: [
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--no-first-run',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
        ],
    });
}

/** Fails with axe's words when the page as it is breaks a rule: any, or only these. */
export async function expectAccessible(page, rules = undefined) {
    await pageIsThere(page);
    // What fades in has its colours only when it is there.
    await page.evaluate(() =>
        Promise.allSettled(
            document
                .getAnimations()
                .filter((animation) => animation.effect?.getComputedTiming().iterations !== Infinity)
                .map((animation) => animation.finished),
        ),
    );
    if (!(await page.evaluate(() => 'axe' in globalThis))) {
        await page.evaluate(axe);
    }
    const broken = await page.evaluate(
        async (runOnly) =>
            (
                await globalThis.axe.run({ resultTypes: ['violations'], ...(runOnly ? { runOnly } : {}) })
            ).violations.map(
                (violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`,
            ),
        rules,
    );
    assert.deepEqual(broken, []);
}

// A page that is still being fetched has no heading, and nothing to judge.
async function pageIsThere(page) {
    await page.locator('main h1').first().waitFor();
}

/** Fails when something runs out of the page sideways. */
export async function expectNoOverflow(page) {
    await pageIsThere(page);
    const { width, room } = await page.evaluate(() => ({
        width: document.documentElement.scrollWidth,
        room: window.innerWidth,
    }));
    assert.ok(width <= room, `the page is ${width} wide on a screen of ${room}`);
}

/** Fails when a page as it is breaks a rule or runs out of the screen, on a wide and a narrow one, light and dark. */
export async function expectEverywhere(page) {
    for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: width === 360 ? 740 : 800 });
        await expectNoOverflow(page);
        for (const colorScheme of ['light', 'dark']) {
            await page.emulateMedia({ colorScheme });
            // The dark is the same page in other colours.
            await expectAccessible(page, colorScheme === 'dark' ? ['color-contrast'] : undefined);
        }
    }
    await page.emulateMedia({ colorScheme: null });
    await page.setViewportSize({ width: 1280, height: 800 });
}

/** Runs a journey on a server of its own, started with these words more, that is set up and signed in to: `act` gets the stage. */
export function runJourney(act, words = []) {
    return runFirstJourney(async (stage) => {
        await stage.setUp();
        await act(stage);
    }, words);
}

/**
 * Runs a journey on an empty server of its own: `act` gets the stage. The last line says how many steps passed; the first
 * that fails ends the journey, as the rest stands on it.
 */
export async function runFirstJourney(act, words = []) {
    let passed = 0;
    let failed = 0;
    const server = await startServer(words);
    const browser = await launchBrowser();
    const context = await browser.newContext({
        ignoreHTTPSErrors: true,
        acceptDownloads: true,
        locale: 'en-GB',
        timezoneId: 'Africa/Nairobi',
        permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
        // Refusals that steps ask for are answers and not faults.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
            complaints.push(message.text());
        }
    });

    async function step(name, steps) {
        try {
            await steps();
            passed++;
            console.log(`ok ${name}`);
        } catch (thrown) {
            failed++;
            console.error(`not ok ${name}\n${thrown.stack ?? thrown}`);
            const shown = await page.locator('body').innerText({ timeout: 5_000 }).catch(String);
            console.error(
                `the page at ${page.url()} shows:\n${shown}\nthe server said last:\n${server.said()}`,
            );
            throw new Error('stopped', { cause: thrown });
        }
    }

    /** Asks the server as the page does; the answer must be a success. */
    let csrf = '';
    async function api(method, path, body = undefined, headers = {}) {
        const response = await page.request.fetch(`${server.url}${path}`, {
            method,
            headers: { 'X-CSRF-Token': csrf, ...headers },
            ...(body === undefined ? {} : { data: body }),
        });
        assert.ok(response.ok(), `${method} ${path}: ${response.status()} ${await response.text()}`);
        return response.status() === 204 ? null : response.json();
    }

    async function setUp() {
        const setup = await api('POST', '/api/setup', {
            organisation: 'Household study',
            name: admin.name,
            email: admin.email,
            password: admin.password,
        });
        csrf = setup.session.csrf;
        await api('POST', '/api/setup/recovery-key-stored');
    }

    try {
        await act({ server, browser, context, page, step, api, setUp, complaints });
        await step('the pages kept to their security policy and ran without a fault', () => {
            assert.deepEqual(complaints, []);
        });
    } catch (thrown) {
        if (thrown.message !== 'stopped') {
            failed++;
            console.error(thrown);
        }
        if (process.env.SCREENSHOT) {
            await page.screenshot({ path: process.env.SCREENSHOT, fullPage: true });
        }
    } finally {
        await browser.close();
        await server.stop();
    }
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
}

/** Makes a project with a published form and a phone that may send to it. */
export async function arrangeForm({ api, server }, formText, formId) {
    const project = String((await api('POST', '/api/projects', { name: 'Clinics', description: '' })).id);
    const uploaded = await api(
        'POST',
        `/api/projects/${project}/forms/draft`,
        Buffer.from(formText, 'utf8'),
        { 'Content-Type': 'text/markdown', 'X-File-Name': `${formId}.md` },
    );
    assert.ok(uploaded.accepted, JSON.stringify(uploaded.diagnostics));
    await api('POST', `/api/projects/${project}/forms/${formId}/draft/publish`, {});
    const appUser = await api('POST', `/api/projects/${project}/app-users`, { displayName: 'Phone 1' });
    return { project, phone: new Phone(`${server.url}/v1/key/${appUser.token}/projects/${project}`) };
}
