// Opens every page of the book in Chromium, as the book's own program serves it, and checks what a
// reader meets: search, themes, figures, sounds, phone width, keyboard, paper, accessibility, and that nothing is
// fetched from elsewhere.
//
// First every check is shown to find fault with a page that was broken for it: a check that cannot
// fail checks nothing.
//
//     node check.js              everything
//     node check.js --pictures   and pictures of the pages and figures, in target/screenshots
//     BOOK_URL=… node check.js   a book that is already being served
//
// The last line is `N passed, N failed`.

import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pages, rareWords, serve, sources } from './book.js';
import { breakages } from './breakages.js';
import { launch } from './browser.js';
import { RULES_OF_COLOUR, accessibility, figureContrast, figureLetters, films, keyboard, listen, paper, search, sideways, sounds, switchTheme } from './checks.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const shots = process.argv.includes('--pictures') ? join(root, 'target/screenshots') : undefined;
const DESK = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

let passed = 0;
let failed = 0;
const seen = new Map();
const SELF_TEST = 'a page broken on purpose';

/** Counts one check of one page; `undefined` stands for a page that has nothing to check. */
function tally(path, check, complaints) {
  if (complaints === undefined) return;
  if (path !== SELF_TEST) seen.set(check, (seen.get(check) ?? 0) + 1);
  if (complaints.length === 0) {
    passed += 1;
    return;
  }
  failed += 1;
  for (const complaint of complaints) console.log(`FAILED ${path}: ${check}: ${complaint}`);
}

/** The browser profiles of one lane, by screen: what a page loads from its cache, the next need not fetch. */
const profiles = (browser) => {
  const made = new Map();
  return (screen) => {
    if (!made.has(screen)) {
      made.set(screen, browser.newContext({ ...screen, colorScheme: 'light', reducedMotion: 'reduce' }));
    }
    return made.get(screen);
  };
};

/** Opens `path` with nothing remembered, so that no page's theme reaches another. */
async function open(profile, url, path, screen, prepare = async () => {}) {
  const context = await profile(screen);
  const page = await context.newPage();
  await page.addInitScript(() => {
    localStorage.clear();
    sessionStorage.clear();
  });
  page.setDefaultTimeout(15_000);
  const heard = await listen(page, new URL(url).host);
  await prepare(page);
  await page.goto(url + path, { waitUntil: 'load', timeout: 60_000 }).catch((error) => {
    throw new Error(`${error.message.split('\n')[0]} No answer yet: ${[...heard.pending].join(', ') || 'none missing'}`);
  });
  // Hints and solutions are looked at, too.
  await page.evaluate(() => document.querySelectorAll('main details').forEach((fold) => { fold.open = true; }));
  await page.evaluate(() => document.fonts.ready.then(() => {}));
  return { page, heard, close: () => page.close() };
}

async function shoot(page, path, kind) {
  if (!shots) return;
  const name = path.slice(1).replace(/\.html$/, '').replaceAll('/', '-');
  await page.screenshot({ path: join(shots, `${name}-${kind}.png`), fullPage: true });
  for (const [number, figure] of (await page.$$('figure.drawing')).entries()) {
    // One in a folded solution cannot be seen.
    if (!(await figure.isVisible())) continue;
    await figure.screenshot({ path: join(shots, `${name}-figure-${number + 1}-${kind}.png`) });
  }
}

async function atTheDesk(profile, url, path, word) {
  const { page, heard, close } = await open(profile, url, path, DESK);
  for (const theme of ['navy', 'light']) {
    const switched = await switchTheme(page, theme);
    tally(path, `switch to ${theme}`, switched);
    if (switched.length > 0) continue;
    tally(path, `figures in ${theme}`, await figureContrast(page));
    tally(path, `accessibility in ${theme}`, await accessibility(page, theme === 'light' ? RULES_OF_COLOUR : undefined));
    await shoot(page, path, theme);
  }
  tally(path, 'sounds', await sounds(page));
  tally(path, 'figures that move', await films(page));
  tally(path, 'search', word ? await search(page, word, path) : ['no word of prose to search for']);
  tally(path, 'keyboard alone', await keyboard(page));
  tally(path, 'on paper', await paper(page));
  tally(path, 'nothing from elsewhere', heard.outside);
  tally(path, 'no errors', heard.errors);
  await close();
}

async function onThePhone(profile, url, path) {
  const { page, heard, close } = await open(profile, url, path, PHONE);
  tally(path, 'phone width', await sideways(page));
  tally(path, 'figures on the phone', await figureLetters(page));
  tally(path, 'accessibility on the phone', await accessibility(page));
  await shoot(page, path, 'phone');
  tally(path, 'nothing from elsewhere on the phone', heard.outside);
  tally(path, 'no errors on the phone', heard.errors);
  await close();
}

/** A page outside the table of contents follows the theme that the reader chose elsewhere. */
async function outsideTheContents(profile, url, path) {
  for (const [theme, screen] of [['navy', DESK], ['light', PHONE]]) {
    const choose = (page) => page.addInitScript((theme) => localStorage.setItem('mdbook-theme', theme), theme);
    const { page, heard, close } = await open(profile, url, path, screen, choose);
    tally(path, `accessibility in ${theme}`, await accessibility(page));
    if (screen === PHONE) tally(path, 'phone width', await sideways(page));
    tally(path, 'nothing from elsewhere', heard.outside);
    tally(path, 'no errors', heard.errors);
    await close();
  }
}

async function everyCheckCanFail(profile, url, path, word) {
  for (const { name, screen, prepare, spoil, check } of breakages(path, word)) {
    const { page, heard, close } = await open(profile, url, path, screen === 'phone' ? PHONE : DESK, prepare);
    await spoil?.(page);
    const complaints = await check(page, heard);
    tally(SELF_TEST, name, complaints?.length > 0 ? [] : ['not noticed']);
    await close();
  }
}

/** Looks at every path, as many at once as there are cores, each lane with profiles of its own. */
async function atOnce(browser, paths, look) {
  const left = paths.values();
  const lane = async () => {
    const profile = profiles(browser);
    for (const path of left) await look(profile, path);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
}

async function main() {
  if (shots) {
    rmSync(shots, { recursive: true, force: true });
    mkdirSync(shots, { recursive: true });
  }
  const book = await serve(root);
  let browser;
  try {
    browser = await launch();
    const paths = pages(root);
    const words = await rareWords(book.url, paths);
    await everyCheckCanFail(profiles(browser), book.url, paths[0], words.get(paths[0]));
    const visit = async (path, look) => {
      try {
        await look();
      } catch (error) {
        tally(path, 'the page can be used', [error.message]);
      }
    };
    await atOnce(browser, paths, async (profile, path) => {
      await visit(path, () => atTheDesk(profile, book.url, path, words.get(path)));
      await visit(path, () => onThePhone(profile, book.url, path));
    });
    const pathsOfSources = await sources(book.url, paths);
    await atOnce(browser, [...pathsOfSources, '/404.html'], (profile, path) => visit(path, () => outsideTheContents(profile, book.url, path)));
    // A check that found nothing to look at has checked nothing.
    tally('the book', 'has figures', seen.has('figures in light') ? [] : ['no page has a figure with text']);
    tally('the book', 'has a figure that moves', seen.has('figures that move') ? [] : ['no page has one']);
    tally('the book', 'has sounds', seen.has('sounds') ? [] : ['no page has a sound']);
    tally('the book', 'has pages of sources', pathsOfSources.length > 0 ? [] : ['no page links to a source']);
    for (const [check, count] of seen) console.log(`${check}: ${count}`);
  } finally {
    await browser?.close();
    book.stop();
  }
}

try {
  await main();
} catch (error) {
  failed += 1;
  console.log(`FAILED ${error.stack ?? error}`);
}
console.log(`${passed} passed, ${failed} failed`);
// A program that would not stop must not keep this one.
process.exit(failed === 0 ? 0 : 1);
