// The page of the demo, as somebody sees it who has started it a minute ago: DASHBOARD_URL.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, open, shown } from './browser.js';

test('the page of the demo shows its pools, and a pool its runners', async () => {
  const browser = await launch();
  try {
    const page = await open(browser, process.env.DASHBOARD_URL);
    await shown(page);
    await page.locator('.pools h3 a', { hasText: /^linux-large$/ }).click();
    await page.getByRole('heading', { level: 1, name: 'linux-large' }).waitFor();
    await page.locator('.timeline tbody th a').first().waitFor();
    assert.deepEqual(page.complaints, []);
  } finally {
    await browser.close();
  }
});
