import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

// Their licences must go where their code goes.
const licenses: Plugin = {
  name: 'licenses',
  generateBundle() {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
    const source = Object.entries(dependencies).map(([name, version]) => `${name} ${version}\n\n${readFileSync(`node_modules/${name}/LICENSE`, 'utf8').trim()}\n`).join('\n\n');
    this.emitFile({ type: 'asset', fileName: 'assets/licenses.txt', source });
  },
};

// Relative addresses, because the page may be behind a proxy's path. No inlined assets and no preload script, because the content security
// policy allows files of this server only.
export default defineConfig({
  base: './',
  plugins: [licenses],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../Operator/Dashboard/wwwroot',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
  },
});
