// Pages broken on purpose, one for each check.

import { accessibility, figureContrast, figureLetters, films, keyboard, paper, search, sideways, sounds, switchTheme } from './checks.js';

const add = (html) => (page) =>
  page.evaluate((html) => document.querySelector('main').insertAdjacentHTML('afterbegin', html), html);
const text = (colour, behind = '') =>
  add(`<svg viewBox="0 0 200 40" width="200" height="40">${behind}<text x="20" y="25" style="fill:${colour}">faint</text></svg>`);
const named = (complaints, word) => complaints?.filter((complaint) => complaint.includes(word));

/** What is spoiled, and the check that must notice it. `path` is a page, `word` stands on it. */
export const breakages = (path, word) => [
  {
    name: 'a search index that does not load',
    prepare: (page) => page.route('**/searchindex*', (route) => route.abort()),
    check: (page) => search(page, word, path),
  },
  {
    name: 'a word that stands on no page',
    check: (page) => search(page, 'zzyzzyxqv', path),
  },
  {
    name: 'a figure that moves and cannot be stopped',
    prepare: (page) =>
      page.addInitScript(() =>
        addEventListener('DOMContentLoaded', () =>
          document.querySelector('main').insertAdjacentHTML(
            'afterbegin',
            '<figure><svg viewBox="0 0 9 9" width="9" height="9"><style>.moving{animation:moving 1s infinite}@keyframes moving{0%{opacity:0}}</style><circle class="moving" r="4"/></svg></figure>',
          ),
        ),
      ),
    check: async (page) => named(await films(page), 'cannot be stopped'),
  },
  {
    name: 'a theme menu without effect',
    spoil: (page) =>
      page.evaluate(() => document.addEventListener('click', (event) => event.stopImmediatePropagation(), true)),
    check: (page) => switchTheme(page, 'navy'),
  },
  {
    name: 'a theme without colours',
    spoil: (page) => page.addStyleTag({ content: 'html { background: #fff !important }' }),
    check: (page) => switchTheme(page, 'navy'),
  },
  {
    name: 'pale figure text on the light page',
    spoil: text('#aaaaaa'),
    check: async (page) => named(await figureContrast(page), 'faint'),
  },
  {
    name: 'dark figure text on the dark page',
    spoil: text('#333333'),
    check: async (page) => {
      await switchTheme(page, 'navy');
      return named(await figureContrast(page), 'faint');
    },
  },
  {
    name: 'figure text in the page’s colour on a white plate',
    spoil: text('currentColor', '<rect width="200" height="40" fill="#ffffff"/>'),
    check: async (page) => {
      await switchTheme(page, 'navy');
      return named(await figureContrast(page), 'faint');
    },
  },
  {
    name: 'a request to another machine',
    spoil: (page) => page.evaluate(() => fetch('http://192.0.2.1/style.css').catch(() => {})),
    check: (_, heard) => heard.outside,
  },
  {
    name: 'a script that fails',
    spoil: add('<img alt="" src="x" onerror="missing()">'),
    check: async (page, heard) => {
      await page.waitForTimeout(500);
      return named(heard.errors, 'exception');
    },
  },
  {
    name: 'a file that is missing',
    spoil: add('<img alt="" src="missing.png">'),
    check: async (page, heard) => {
      await page.waitForTimeout(500);
      return named(heard.errors, '404 for');
    },
  },
  {
    name: 'a message on the console',
    spoil: (page) => page.evaluate(() => console.error('broken')),
    check: (_, heard) => named(heard.errors, 'console: broken'),
  },
  {
    name: 'a table wider than the phone',
    screen: 'phone',
    spoil: add('<div style="width: 500px">wide</div>'),
    check: async (page) => named(await sideways(page), 'wide'),
  },
  {
    name: 'a figure shrunk to nothing on the phone',
    screen: 'phone',
    spoil: add('<svg viewBox="0 0 2000 40" style="width: 100%"><text x="20" y="25" font-size="14">tiny</text></svg>'),
    check: async (page) => named(await figureLetters(page), 'tiny'),
  },
  {
    name: 'a picture without a description',
    spoil: add('<img src="favicon.svg">'),
    check: async (page) => named(await accessibility(page), 'image-alt'),
  },
  {
    name: 'faint prose',
    spoil: add('<p style="color: #bbb; background: #fff">Hard to read.</p>'),
    check: async (page) => named(await accessibility(page), 'color-contrast'),
  },
  {
    name: 'a table wider than the sheet',
    spoil: add('<div class="table-wrapper"><table><tr><td><div style="width: 700px">Spread</div></td></tr></table></div>'),
    check: async (page) => named(await paper(page), 'Spread'),
  },
  {
    name: 'a listing higher than the sheet',
    spoil: add('<pre style="height: 1000px"><code>Tall</code></pre>'),
    check: async (page) => named(await paper(page), 'Tall'),
  },
  {
    name: 'a box on every sheet',
    spoil: add('<div style="position: fixed">Everywhere</div>'),
    check: async (page) => named(await paper(page), 'Everywhere'),
  },
  {
    name: 'a button that the keyboard does not reach',
    spoil: add('<button tabindex="-1">Unreached</button>'),
    check: async (page) => named(await keyboard(page), 'Unreached'),
  },
  {
    name: 'a keyboard that nobody sees',
    spoil: async (page) => {
      await add('<button>Unseen</button>')(page);
      await page.addStyleTag({ content: 'main button:focus-visible { outline: none !important }' });
    },
    check: async (page) => named(await keyboard(page), 'Unseen'),
  },
  {
    name: 'a fold that the keyboard does not open',
    spoil: async (page) => {
      await add('<details><summary>Shut</summary>Inside.</details>')(page);
      await page.evaluate(() => addEventListener('keydown', (event) => event.target.localName === 'summary' && event.preventDefault(), true));
      await page.evaluate(() => addEventListener('keyup', (event) => event.target.localName === 'summary' && event.preventDefault(), true));
    },
    check: async (page) => named(await keyboard(page), 'fold'),
  },
  {
    name: 'a table of contents that the keyboard cannot pass',
    spoil: (page) => page.evaluate(() => document.querySelector('.skip').remove()),
    check: async (page) => named(await keyboard(page), 'table of contents'),
  },
  {
    name: 'a sound that is missing',
    spoil: add('<audio controls src="missing.wav"></audio>'),
    check: (page) => sounds(page),
  },
];
