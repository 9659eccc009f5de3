import { defineConfig } from 'vite';

// Relative addresses, because the page may be behind a proxy's path. No inlined assets and no preload script, because the content security
// policy allows files of this server only.
export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../Operator/Dashboard/wwwroot',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    rollupOptions: { output: { manualChunks: undefined } },
  },
});
