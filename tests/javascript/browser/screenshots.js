// Takes pictures of each view for docs/images: node screenshots.js URL FOLDER
import { launch, open, shown, themes, widths } from './browser.js';

const [url, folder] = process.argv.slice(2);
const views = [['overview', ''], ['runners', 'runners?minutes=15'], ['jobs', 'jobs'], ['machines', 'machines'], ['events', 'events'], ['pool', 'runnerpools/default/linux-large'], ['runner', null]];
const browser = await launch();

// Half an hour of simulated work, so that there is something to see.
await new Promise(done => setTimeout(done, 36_000));
for (const theme of themes) {
  for (const width of widths) {
    const page = await open(browser, url, { width, theme });
    await shown(page);
    for (const [name, path] of views) {
      await page.goto(`${url}#/${path ?? await busy()}`);
      await page.locator('main h1').waitFor({ state: 'attached' });
      await page.waitForTimeout(1500);
      await page.screenshot({ path: `${folder}/dashboard-${name}-${width}-${theme}.png`, fullPage: name !== 'runners' || width < 1000 });
    }

    await page.context().close();
  }
}

await browser.close();

async function busy() {
  const { runners } = await (await fetch(new URL('api/v1/runners?state=busy&limit=5', url))).json();
  return `runnerleases/${runners.at(-1).namespace}/${runners.at(-1).name}`;
}
