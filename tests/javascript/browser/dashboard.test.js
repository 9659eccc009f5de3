// What the dashboard shows in a browser: DASHBOARD_URL is an operator's at work, DASHBOARD_TOKEN_URL another replica's that wants DASHBOARD_TOKEN.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { launch, open, shown, themes, widths } from './browser.js';

const url = process.env.DASHBOARD_URL;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const api = async path => (await fetch(new URL(`api/v1/${path}`, url))).json();
const number = value => (value === undefined ? '–' : value.toLocaleString('en-US'));
const money = value => (value === undefined ? '–' : `$${value.toLocaleString('en-US', value !== 0 && Math.abs(value) < 1 ? { minimumFractionDigits: 3, maximumFractionDigits: 3 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`);

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

async function within(options, at, check) {
  const page = await open(browser, at ?? url, options);
  try {
    await check(page);
    assert.deepEqual(page.complaints, []);
  } finally {
    await page.context().close();
  }
}

// Figures of one moment, and what the stream had told of that moment.
const figures = page => page.evaluate(() => ({
  told: globalThis.overviews[document.querySelector('[data-now]').dataset.now],
  shown: [...document.querySelectorAll('[data-figure]')].map(element => [element.dataset.figure, element.textContent]),
}));

function expected(overview, figure) {
  const [what, ...rest] = figure.split('.');
  const path = rest.join('.');
  const find = (start, names) => names.split('.').reduce((value, name) => value?.[name], start);
  const text = (value, name) => (/cost|perHour/.test(name) ? money(value) : number(value));
  if (what === 'totals') {
    return text(find(overview.totals, path), path);
  }

  // Names of types have dots of their own: the longest name that fits.
  const items = Object.fromEntries(what === 'pools' ? overview.pools.map(pool => [`${pool.namespace}/${pool.name}`, pool]) : overview.machines.map(row => [`${row.type}/${row.zone}/${row.usageClass}`, row]));
  const name = Object.keys(items).find(key => path.startsWith(`${key}.`));
  const field = path.slice(name.length + 1);
  return text(find(items[name], field), field);
}

// Run by the browser itself, so that the page's policy, which allows no other scripts, stays as it is.
async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.map(violation => `${violation.id}: ${violation.nodes.slice(0, 3).map(node => `${node.target} ${node.any.map(check => check.message).join()}`).join(' | ')}`);
}

async function settle(page) {
  await shown(page);
  await page.waitForFunction(() => globalThis.overviews[document.querySelector('[data-now]')?.dataset.now]);
}

describe('figures', () => {
  for (const path of ['', 'machines']) {
    test(`each one on #/${path} is the API's`, () => within({}, `${url}#/${path}`, async page => {
      await settle(page);
      const { told, shown: texts } = await figures(page);
      assert.ok(texts.length >= (path ? 3 : 25), `${texts.length} figures`);
      for (const [figure, text] of texts) {
        assert.equal(text, expected(told, figure), figure);
      }
    }));
  }

  test('the stream tells what the overview says', () => within({}, url, async page => {
    await settle(page);
    const { told } = await figures(page);
    const read = await api('overview');
    assert.deepEqual(Object.keys(told).sort(), Object.keys(read).sort());
    assert.equal(told.totals.pools, read.totals.pools);
  }));

  test('a page of runners has the API\'s rows, states and total', () => within({}, url, async page => {
    await settle(page);
    const answered = page.waitForResponse(response => response.url().includes('/api/v1/runners?'));
    await page.goto(`${url}#/runners`);
    const answer = await (await answered).json();
    const rows = page.locator('.timeline tbody tr');
    await rows.first().waitFor();
    const again = await api('runners?limit=50');
    assert.ok(answer.total > 0);
    assert.ok([answer.total, again.total].includes(Number((await page.locator('[data-figure="page.total"]').textContent()).replace(',', ''))));
    assert.ok(await rows.count() <= 50);
    assert.equal(await rows.first().locator('th a').first().textContent(), answer.runners[0].name);
  }));
});

describe('views', () => {
  for (const theme of themes) {
    for (const width of widths) {
      test(`are accessible and fit, ${theme}, ${width} pixels`, () => within({ width, theme }, url, async page => {
        await settle(page);
        const { runners } = await api('runners?limit=1');
        for (const path of ['', 'runners', 'jobs', 'machines', 'events', 'runnerpools/default/linux', 'runnerpools/default/broken', `runnerleases/default/${runners[0].name}`, 'nothing']) {
          await page.goto(`${url}#/${path}`);
          await page.locator('main h1').waitFor({ state: 'attached' });
          await page.waitForTimeout(300);
          assert.deepEqual(await violations(page), [], `#/${path}`);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          assert.ok(overflow <= 0, `#/${path} is ${overflow} pixels too wide`);
        }
      }));
    }
  }

  test('links lead to objects by the names that kubectl knows, and back', () => within({}, url, async page => {
    await settle(page);
    await page.locator('.pools h3 a', { hasText: /^linux$/ }).click();
    assert.match(page.url(), /#\/runnerpools\/default\/linux$/);
    await page.getByRole('heading', { level: 1, name: 'linux' }).waitFor();
    await page.locator('.timeline tbody th a').first().click();
    assert.match(page.url(), /#\/runnerleases\/default\/linux-\d+$/);
    await page.locator('.kubectl', { hasText: 'kubectl describe -n default runnerlease linux-' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'linux' }).waitFor();
    await page.waitForFunction(() => document.title.startsWith('linux – '));
  }));

  test('a pool that cannot launch says why', () => within({}, `${url}#/runnerpools/default/broken`, async page => {
    await settle(page);
    await page.getByText('ImageNotFound').first().waitFor();
  }));

  test('work by keyboard, and the focus follows', () => within({}, url, async page => {
    await settle(page);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement.id === 'main');
    await page.getByRole('link', { name: 'Jobs' }).first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor();
    await page.waitForFunction(() => document.activeElement.tagName === 'H1');
  }));

  test('the colours are the viewer\'s choice, which is kept', () => within({ theme: 'dark' }, url, async page => {
    await settle(page);
    const has = theme => page.locator(`html[data-theme="${theme}"]`).waitFor({ state: 'attached' });
    await has('dark');
    await page.getByRole('button', { name: /Colours/ }).click();
    await has('light');
    await page.reload();
    await shown(page);
    await has('light');
  }));

  test('filters are in the address', () => within({}, `${url}#/runners?state=busy`, async page => {
    await settle(page);
    await page.locator('.filters select').nth(1).waitFor();
    assert.equal(await page.locator('.filters select').nth(1).inputValue(), 'busy');
    await page.getByRole('searchbox').fill('no such runner');
    await page.getByText('No runner matches.').waitFor();
    await page.waitForFunction(() => location.hash.includes('q=no+such+runner'));
  }));
});

test('five thousand runners in a hundred pools are shown, fifty at a time', () => within({}, 'about:blank', async page => {
  const overview = await api('overview');
  const pool = overview.pools.find(one => one.name === 'linux');
  const counts = { ...pool.runners, busy: 4000, idle: 1000, total: 5000 };
  const large = {
    ...overview,
    pools: Array.from({ length: 100 }, (_, index) => ({ ...pool, name: `pool-${index}`, runners: { ...counts, busy: 40, idle: 10, total: 50 } })),
    totals: { ...overview.totals, runners: counts, pools: 100 },
  };
  const { runners: [runner] } = await api('runners?limit=1');
  const body = `event: overview\ndata: ${JSON.stringify(large)}\n\n`;
  await page.route('**/api/v1/events', route => route.fulfill({ contentType: 'text/event-stream', body }));
  await page.route('**/api/v1/runners?*', route => {
    const query = new URL(route.request().url()).searchParams;
    const [offset, limit] = [Number(query.get('offset')), Number(query.get('limit'))];
    return route.fulfill({ json: { now: overview.now, total: 5000, offset, runners: Array.from({ length: Math.min(limit, 5000 - offset) }, (_, index) => ({ ...runner, name: `runner-${offset + index}` })) } });
  });
  await page.goto(url);
  await shown(page);
  assert.equal(await page.locator('.tile .figure').first().textContent(), '5,000');
  assert.equal(await page.locator('.pools > li').count(), 100);
  await page.goto(`${url}#/runners`);
  await page.getByText('runner-49').waitFor();
  assert.equal(await page.locator('.timeline tbody tr').count(), 50);
  assert.equal(await page.locator('[data-figure="page.total"]').textContent(), '5,000');
  assert.ok(await page.evaluate(() => document.querySelectorAll('*').length) < 2500);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('runner-99').waitFor();
  assert.match(page.url(), /offset=50/);
}));

test('who has no token is asked for one, and stays signed in', async () => {
  const at = process.env.DASHBOARD_TOKEN_URL;
  const page = await open(browser, at);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByLabel('Token').fill('wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('the cluster does not accept this token').waitFor();
  await page.getByLabel('Token').fill(process.env.DASHBOARD_TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await shown(page);
  await page.reload();
  await settle(page);
  await page.getByText('alice').waitFor();
  assert.equal(await page.evaluate(() => document.cookie), '');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.ok(page.complaints.every(text => text.includes('401')), page.complaints.join('\n')); // the browser itself tells of refusals
  await page.context().close();
});
