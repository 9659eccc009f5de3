// The documentation's site in a browser: SITE is the folder that was built, SITE_BASE the path that it was built for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launch, open, themes, widths } from './browser.js';

const { SITE: folder, SITE_BASE: base } = process.env;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json', '.png': 'image/png' };
const versions = ['v1.3', 'v1.2', 'main'];

// As GitHub Pages does it.
const server = createServer((request, response) => {
  const path = decodeURIComponent(request.url.split('?')[0]);
  const answer = (status, type, body) => response.writeHead(status, { 'Content-Type': type }).end(body);
  if (path === '/operator/versions.json') {
    return answer(200, types['.json'], JSON.stringify(versions));
  }
  const file = path.endsWith('/') ? `${path}index.html` : path;
  try {
    assert.ok(file.startsWith(base));
    return answer(200, types[extname(file)] ?? 'application/octet-stream', readFileSync(join(folder, file.slice(base.length))));
  } catch {
    return answer(404, 'text/plain', 'not found');
  }
});

let [browser, url] = [];
before(async () => {
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${server.address().port}${base}`;
  browser = await launch();
});
after(async () => {
  await browser.close();
  server.close();
});

async function within(options, path, check) {
  const page = await open(browser, url + path, options);
  try {
    await page.locator('.vp-doc h1').waitFor();
    await check(page);
    assert.deepEqual(page.complaints, []);
  } finally {
    await page.context().close();
  }
}

// The first column of a table in Markdown often has no heading: its cells are the headings of their rows.
async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document.querySelector('.VPContent'), { resultTypes: ['violations'], rules: { 'empty-table-header': { enabled: false } } }));
  return found.violations.map(violation => `${violation.id}: ${violation.nodes.slice(0, 3).map(node => `${node.target} ${node.any.map(check => check.message).join()}`).join(' | ')}`);
}

describe('pages', () => {
  for (const theme of themes) {
    for (const width of widths) {
      test(`are accessible and fit, ${theme}, ${width} pixels`, async () => {
        const found = [];
        for (const path of ['', 'install.html', 'comparison.html', 'reference.html']) {
          await within({ width, theme }, path, async page => {
            found.push(...path === 'reference.html' ? [] : await violations(page)); // its size makes that slow
            const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
            found.push(...overflow > 0 ? [`${path} is ${overflow} pixels too wide`] : []);
          });
        }
        assert.deepEqual(found, []);
      });
    }
  }
});

test('the search finds a field', () => within({}, '', async page => {
  await page.locator('.VPNavBarSearch button').first().click();
  await page.locator('#localsearch-input').fill('maxRuntime');
  await page.locator('.VPLocalSearchBox .result').first().waitFor();
  await page.locator('.VPLocalSearchBox .result').first().click();
  await page.waitForURL(/\.html/);
}));

test('the list of versions comes from above them, and leads to the same page', () => within({}, 'install.html', async page => {
  const list = page.locator('.VPNavBar select.version');
  assert.equal(await list.inputValue(), 'v1.2');
  await page.waitForFunction(count => document.querySelectorAll('.VPNavBar select.version option').length === count, versions.length);
  await page.route('**/v1.3/**', route => route.fulfill({ contentType: 'text/html', body: '<h1>of 1.3</h1>' }));
  await list.selectOption('v1.3');
  await page.waitForURL('**/operator/v1.3/install.html');
}));

test('the sidebar has a link to each task, and the footer one to edit the page', () => within({}, 'purchasing.html', async page => {
  assert.ok(await page.locator('.VPSidebar a').count() > 35);
  assert.equal(await page.locator('.edit-link-button').getAttribute('href'), 'https://github.com/ec2runners/operator/edit/main/docs/purchasing.md');
}));
