// Draws the README's pictures: those of the gallery in the book's introduction, and the first lines of a chapter.
//
//     node thumbnails.js
//
// Writes chapters/thumbnails/CHAPTER.png for each, chapters/book.png, and `drawn-from.txt`, which names the figure and the
// part of it that each picture shows. The book's check compares that with the introduction and the records.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from './book.js';
import { launch } from './browser.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = join(root, 'chapters/thumbnails');

/** Chapter, figure and part of each picture of the gallery, in the introduction's order. */
function gallery() {
  const introduction = readFileSync(join(root, 'chapters/introduction.md'), 'utf8');
  const found = [...introduction.matchAll(/\{\{#figure ([a-z-]+):(\w+) detail (\d+ \d+ \d+ \d+) [^}]+\}\}/g)];
  if (found.length === 0) throw new Error('chapters/introduction.md shows no part of a figure');
  return found.map(([, chapter, figure, part]) => ({ chapter, figure, part }));
}

/** The file of each chapter's figure, by the folder that a link of the gallery leads into. */
const drawing = (path, figure) => JSON.parse(readFileSync(join(root, 'chapters', path, 'record.json'), 'utf8')).figures[figure].file;

/** The page, its heading, and the figure that ends its first lines. */
const FIRST_LINES = { page: '3-captioning/index.html', heading: 'h1#captioning', folder: '3-captioning', figure: 'attention_right' };

/** Writes a picture whole or not at all. */
function write(file, picture) {
  writeFileSync(`${file}.part`, picture);
  renameSync(`${file}.part`, file);
  console.log(`${file}: ${Math.ceil(picture.length / 1024)} KiB`);
}

/** Shoots the page from its heading to its first figure; returns what it shows. */
async function firstLines(context, url) {
  const page = await context.newPage();
  await page.goto(`${url}/${FIRST_LINES.page}`);
  await page.evaluate(() => document.fonts.ready.then(() => {}));
  const main = await page.locator('main').boundingBox();
  const heading = await page.locator(FIRST_LINES.heading).boundingBox();
  const drawn = await page.locator(`${FIRST_LINES.heading} ~ figure.drawing .box`).first().boundingBox();
  const margin = 16;
  const clip = { x: main.x - margin, y: heading.y - margin, width: main.width + 2 * margin, height: drawn.y + drawn.height - heading.y + margin };
  write(join(root, 'chapters/book.png'), await page.screenshot({ clip, fullPage: true }));
  return `book.png ${drawing(FIRST_LINES.folder, FIRST_LINES.figure)}\n`;
}

const wanted = gallery();
const { url, stop } = await serve(root);
let browser;
try {
  browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, deviceScaleFactor: 2, colorScheme: 'light' });
  const page = await context.newPage();
  await page.goto(`${url}/introduction.html`);
  const shown = await page.locator('.gallery li').all();
  if (shown.length !== wanted.length) throw new Error(`the gallery shows ${shown.length} pictures, the page names ${wanted.length}`);
  mkdirSync(folder, { recursive: true });
  const lines = [];
  for (const [place, { chapter, figure, part }] of wanted.entries()) {
    const link = await shown[place].locator('p a').first().getAttribute('href');
    const [path] = link.split('/');
    if (!path.endsWith(`-${chapter}`)) throw new Error(`the picture of ${chapter} stands above a link into ${path}`);
    const file = join(folder, `${chapter}.png`);
    const picture = await shown[place].locator('figure').screenshot();
    write(file, picture);
    lines.push(`${chapter}.png ${drawing(path, figure)} ${part}\n`);
  }
  lines.push(await firstLines(await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: 'light' }), url));
  const list = join(folder, 'drawn-from.txt');
  writeFileSync(`${list}.part`, lines.join(''));
  renameSync(`${list}.part`, list);
} finally {
  await browser?.close();
  stop();
}
