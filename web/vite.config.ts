import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds a running Fieldkeep server. */
const server = process.env['FIELDKEEP_URL'] ?? 'http://localhost:8383';

export default defineConfig({
  plugins: [vue()],
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
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
  },
});
