import vue from '@vitejs/plugin-vue';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompress, constants } from 'node:zlib';
import { promisify } from 'node:util';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds a running Fieldkeep server. */
const server = process.env['FIELDKEEP_URL'] ?? 'https://localhost:8443';

const leastBytesWorthPacking = 1_000;

/** Leaves a packed copy (`.br`) beside each built file, which the server sends to browsers that take it. */
const packedCopies = (): Plugin => ({
  name: 'packed-copies',
  apply: 'build',
  async writeBundle({ dir = 'dist' }) {
    const assets = join(dir, 'assets');
    for (const name of (await readdir(assets)).filter((file) => /\.(js|css|svg)$/.test(file))) {
      const content = await readFile(join(assets, name));
      if (content.length >= leastBytesWorthPacking) {
        const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
        await writeFile(join(assets, `${name}.br`), await promisify(brotliCompress)(content, { params }));
      }
    }
  },
});

export default defineConfig({
  plugins: [vue(), packedCopies()],
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    target: 'es2022',
    // Lightning CSS writes light-dark() out for browsers that lack it.
    cssTarget: ['chrome111', 'firefox114', 'safari16.4'],
    // The page's policy forbids data: scripts and styles; small files stay files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    // The dictionaries of the password meter are larger; they load only where a password is made.
    chunkSizeWarningLimit: 1300,
    rolldownOptions: {
      output: {
        // Few files on slow networks: what every page needs is in two, the rest comes with its page.
        codeSplitting: {
          groups: [
            { name: 'vendor', test: /node_modules[\\/](@?vue|vue-router|vue-i18n|@intlify)[\\/]/ },
            { name: 'dialogs', test: /node_modules[\\/]|src[\\/]kit[\\/](Confirm)?Dialog/, minShareCount: 4 },
            {
              name: 'kit',
              test: /src[\\/](kit|api|locales)[\\/](?!.*(Dialog|VirtualTable|useColumnWindow|useGrid|fr\.json|es\.json|ar\.json))/,
            },
          ],
        },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/v1', '/health'].map((path) => [path, { target: server, secure: false }]),
    ),
  },
  test: {
    environment: 'happy-dom',
    // Pages load their parts on demand; a busy machine takes its time over it.
    testTimeout: 60_000,
    // Files share what they load, which takes half of the time: a test leaves nothing behind for others.
    isolate: false,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
  },
});
