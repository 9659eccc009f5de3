import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

export const widths = [390, 820, 1440];
export const themes = ['light', 'dark'];

const heights = { 390: 844, 820: 1180, 1440: 900 };

// Debian's; the tool's own are downloaded, which not every machine may do.
const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const launch = () => chromium.launch({ executablePath: places.find(place => place && existsSync(place)), args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'] });

/** A page at a width and in a theme, which remembers what it was told and what it complained about. */
export async function open(browser, url, { width = 1440, theme = 'light' } = {}) {
  const context = await browser.newContext({ viewport: { width, height: heights[width] }, colorScheme: theme, reducedMotion: 'reduce', locale: 'en-US', timezoneId: 'UTC' });
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', message => ['error', 'warning'].includes(message.type()) && page.complaints.push(message.text()));
  page.on('pageerror', error => page.complaints.push(String(error)));
  await page.addInitScript(() => {
    globalThis.overviews = {};
    const Original = EventSource;
    globalThis.EventSource = class extends Original {
      constructor(...given) {
        super(...given);
        this.addEventListener('overview', message => {
          const overview = JSON.parse(message.data);
          globalThis.overviews[overview.now] = overview;
        });
      }
    };
  });
  await page.goto(url);
  return page;
}

/** Waits until the page shows what it was told. */
export const shown = page => page.locator('[data-now]').first().waitFor({ state: 'attached', timeout: 20_000 });
