// What a reader meets on a page, each as a function from an open page to a list of complaints.
// An empty list means that all is well; `undefined` means that the page has nothing to check.

import { createRequire } from 'node:module';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** The least contrast of text that WCAG 2 (AA) allows. */
const LEAST_CONTRAST = 4.5;

/** The least height of a figure's letters on a phone, in pixels of CSS. */
const LEAST_LETTERS = 9;

/** Chooses a theme as a reader does, and tells what did not follow. */
export async function switchTheme(page, theme) {
  const look = () =>
    page.evaluate(() => ({
      classes: [...document.documentElement.classList],
      background: getComputedStyle(document.documentElement).backgroundColor,
    }));
  const before = await look();
  try {
    await page.click('#mdbook-theme-toggle', { timeout: 30_000 });
    await page.click(`#mdbook-theme-${theme}`, { timeout: 30_000 });
    await page.waitForFunction((name) => document.documentElement.classList.contains(name), theme, {
      timeout: 30_000,
    });
  } catch {
    return [`the theme menu does not switch to ${theme}`];
  }
  // Code, links and figures fade from one theme to the next in some style sheets.
  await page.waitForTimeout(100);
  const after = await look();
  if (!before.classes.includes(theme) && before.background === after.background) {
    return [`the background is ${after.background} before and after the switch to ${theme}`];
  }
  await page.keyboard.press('Escape');
  return [];
}

/** Does the search of the page find `word`, which stands on the page at `path`? */
export async function search(page, word, path) {
  await page.click('#mdbook-search-toggle', { timeout: 30_000 });
  await page.fill('#mdbook-searchbar', word);
  await page.press('#mdbook-searchbar', 'End');
  const found = () =>
    page.$$eval('#mdbook-searchresults a', (links) => links.map((link) => new URL(link.href).pathname));
  try {
    await page.waitForFunction(
      (path) =>
        [...document.querySelectorAll('#mdbook-searchresults a')].some(
          (link) => new URL(link.href).pathname === path,
        ),
      path,
      { timeout: 30_000 },
    );
    return [];
  } catch {
    return [`searching "${word}", which stands on this page, gives ${JSON.stringify(await found())}`];
  } finally {
    await page.press('#mdbook-searchbar', 'Escape');
  }
}

/** Is every text of every figure legible on what lies behind it? */
export async function figureContrast(page) {
  return page.evaluate((least) => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    const rgba = (colour) => {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      return { r, g, b, a: a / 255 };
    };
    const over = (top, below) => ({
      r: top.r * top.a + below.r * (1 - top.a),
      g: top.g * top.a + below.g * (1 - top.a),
      b: top.b * top.a + below.b * (1 - top.a),
      a: 1,
    });
    const luminance = ({ r, g, b }) => {
      const linear = [r, g, b].map((c) => {
        c /= 255;
        return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const contrast = (a, b) => {
      const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
      return (high + 0.05) / (low + 0.05);
    };
    // Opacity of an element and of all that it lies in, up to the figure's frame.
    const opacity = (element, top) => {
      let product = 1;
      for (let e = element; e && e !== top.parentElement; e = e.parentElement) {
        product *= Number(getComputedStyle(e).opacity);
      }
      return product;
    };
    const paint = (element, svg) => {
      const style = getComputedStyle(element);
      const colour = rgba(style.fill);
      return { ...colour, a: colour.a * Number(style.fillOpacity) * opacity(element, svg) };
    };
    const page = (element) => {
      const layers = [];
      for (let e = element; e; e = e.parentElement) {
        layers.push(rgba(getComputedStyle(e).backgroundColor));
      }
      return layers.reduceRight((below, layer) => over(layer, below), { r: 255, g: 255, b: 255, a: 1 });
    };
    // A shape is the text's background where it lies behind the text's middle and both quarters;
    // a dot that the text only touches is not.
    const isBehind = (shape, box) => {
      const matrix = shape.getScreenCTM()?.inverse();
      return (
        matrix &&
        [0.25, 0.5, 0.75].every((part) => {
          const at = new DOMPoint(box.left + part * box.width, box.top + box.height / 2);
          return shape.isPointInFill(at.matrixTransform(matrix));
        })
      );
    };

    const complaints = [];
    let texts = 0;
    for (const svg of document.querySelectorAll('main svg')) {
      const shapes = [];
      const behind = page(svg);
      for (const element of svg.querySelectorAll('rect, circle, ellipse, polygon, path, text')) {
        if (element.closest('defs, clipPath, mask')) continue;
        const style = getComputedStyle(element);
        if (element.localName !== 'text') {
          if (style.fill !== 'none') shapes.push(element);
          continue;
        }
        const box = element.getBoundingClientRect();
        if (!element.textContent.trim() || box.width === 0 || style.visibility === 'hidden') continue;
        // The frames of a film that are not its turn are wholly transparent.
        if (opacity(element, svg) === 0) continue;
        texts += 1;
        const ground = shapes
          .filter((shape) => isBehind(shape, box))
          .reduce((below, shape) => over(paint(shape, svg), below), behind);
        const ratio = contrast(over(paint(element, svg), ground), ground);
        if (ratio < least) {
          const name = svg.closest('figure')?.id || svg.getAttribute('aria-label')?.slice(0, 40) || 'a figure';
          complaints.push(
            `"${element.textContent.trim()}" in ${name}: contrast ${ratio.toFixed(2)}, at least ${least} expected`,
          );
        }
      }
    }
    return texts === 0 ? undefined : complaints;
  }, LEAST_CONTRAST);
}

/** Are the letters of every figure large enough, at the scale at which the page shows it? */
export async function figureLetters(page) {
  return page.evaluate((least) => {
    const texts = [...document.querySelectorAll('main svg text')].filter(
      (text) => text.textContent.trim() && text.getBoundingClientRect().width > 0,
    );
    if (texts.length === 0) return undefined;
    const sizes = new Map();
    for (const text of texts) {
      const matrix = text.getScreenCTM();
      // A turned text keeps its size; a scaled one does not.
      const scale = Math.sqrt(Math.abs(matrix.a * matrix.d - matrix.b * matrix.c));
      const size = parseFloat(getComputedStyle(text).fontSize) * scale;
      const figure = text.closest('figure')?.id || text.ownerSVGElement.getAttribute('aria-label')?.slice(0, 40) || 'a figure';
      const smallest = sizes.get(figure);
      if (!smallest || size < smallest.size) sizes.set(figure, { size, text: text.textContent.trim() });
    }
    return [...sizes]
      .filter(([, { size }]) => size < least)
      .map(([figure, { size, text }]) => `"${text}" in ${figure} is ${size.toFixed(1)} px high, at least ${least} expected`);
  }, LEAST_LETTERS);
}

/**
 * Does the page fit its width? Code and tables may scroll within themselves; neither the window nor a
 * pane that holds the whole text may. Names what sticks out.
 */
export async function sideways(page) {
  return page.evaluate(() => {
    const panes = [document.scrollingElement];
    for (let e = document.querySelector('main'); e; e = e.parentElement) panes.push(e);
    const moving = panes.find((pane) => {
      const width = pane === document.scrollingElement ? innerWidth : pane.clientWidth;
      return pane.scrollWidth > width;
    });
    if (!moving) return [];
    const main = document.querySelector('main');
    const scrolls = (element) => {
      for (let e = element.parentElement; e && e !== main; e = e.parentElement) {
        if (getComputedStyle(e).overflowX !== 'visible') return true;
      }
      return false;
    };
    const out = [...document.querySelectorAll('main *')]
      .filter((element) => element.getBoundingClientRect().right > innerWidth && !scrolls(element))
      .slice(0, 3)
      .map((element) => `<${element.localName}> "${(element.textContent || '').trim().slice(0, 40)}"`);
    return [
      `<${moving.localName}> is ${moving.scrollWidth} px wide on a screen of ${innerWidth} px: ` +
        (out.join(', ') || 'something outside the text'),
    ];
  });
}

/** What axe-core finds that depends on colours, and so on the theme. The rest is the same in each. */
export const RULES_OF_COLOUR = ['color-contrast', 'link-in-text-block'];

/** Serious and critical findings of axe-core, of all its rules or of those named. */
export async function accessibility(page, rules) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.addScriptTag({ path: axe });
  const violations = await page.evaluate(async (rules) => {
    const result = await window.axe.run(document, {
      resultTypes: ['violations'],
      // Style sheets would be fetched once more, for a rule that is off.
      preload: { assets: ['media'] },
      ...(rules && { runOnly: { type: 'rule', values: rules } }),
    });
    return result.violations.map(({ id, impact, help, nodes }) => ({
      id,
      impact,
      help,
      where: nodes.map((node) => node.target.join(' ')),
    }));
  }, rules);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, impact, help, where }) =>
        `${impact}: ${help} (${id}) at ${where.slice(0, 4).join('; ')}${where.length > 4 ? ` and ${where.length - 4} more` : ''}`,
    );
}

/** Figures that move: still for who prefers no motion, as these profiles do; for others each has a button that stops it. */
export async function films(page) {
  const moves = await page.evaluate(() => [...document.querySelectorAll('main svg style')].some((style) => style.textContent.includes('@keyframes')));
  if (!moves) return undefined;
  const running = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('main figure')].filter((figure) =>
        figure.getAnimations({ subtree: true }).some((motion) => motion.playState === 'running'),
      ).length,
    );
  const complaints = [];
  if ((await running()) > 0) complaints.push('a figure moves though the reader prefers that nothing does');
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await page.reload({ waitUntil: 'load' });
  const before = await running();
  if (before === 0) complaints.push('no figure moves for a reader who does not mind');
  for (const button of await page.$$('main figure.drawing button.pause')) await button.click();
  const after = await running();
  if (after > 0) complaints.push(`${after} of ${before} figures that move cannot be stopped`);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.reload({ waitUntil: 'load' });
  return complaints;
}

/**
 * Without a mouse: can all that does something be reached with the Tab key, does what has the keyboard show it, and does
 * it do its work?
 */
export async function keyboard(page) {
  const complaints = [];
  const press = async (selector, key) => {
    await page.focus(selector);
    await page.keyboard.press(key);
  };
  // The first stop leads past the table of contents, which is then closed: it is the same on every page.
  const first = await page.evaluate(() => document.querySelector('a[href], button, input:not(.hidden), summary, [tabindex="0"]')?.className);
  if (first !== 'skip') return ['the first stop does not lead past the table of contents'];
  await press('.skip', 'Enter');
  if (!(await page.evaluate(() => document.activeElement?.matches('main')))) complaints.push('what leads past the table of contents does not lead to the text');
  const isOpen = () => page.evaluate(() => document.getElementById('mdbook-sidebar').getBoundingClientRect().right > 0);
  if (await isOpen()) await press('#mdbook-sidebar-toggle', 'Enter');
  try {
    await page.waitForFunction(() => document.getElementById('mdbook-sidebar').getBoundingClientRect().right <= 0, undefined, { timeout: 30_000 });
  } catch {
    complaints.push('Enter does not close the table of contents');
  }

  const stops = await page.evaluate(() => {
    const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 0;
    const all = 'a[href], button, summary, input, select, audio[controls], [role="button"], [tabindex="0"]';
    // What nobody sees is no stop; but a listing's buttons wait for the mouse, or for the keyboard.
    const wanted = [...document.querySelectorAll(all)].filter((element) => (shown(element) || element.closest('main pre > .buttons')) && !element.closest('#mdbook-sidebar, .skip'));
    window.walk = { wanted, seen: new Set(), bare: new Set() };
    document.addEventListener('focusin', ({ target }) => {
      window.walk.seen.add(target);
      const { outlineStyle, outlineWidth } = getComputedStyle(target);
      const unseen = outlineStyle === 'none' || parseFloat(outlineWidth) === 0 || target.closest('.buttons')?.checkVisibility({ opacityProperty: true }) === false;
      if (unseen) window.walk.bare.add(target);
    });
    document.activeElement?.blur();
    getSelection()?.removeAllRanges();
    return wanted.length;
  });
  await page.focus('.skip');
  // A player's own buttons are stops, too, and so is whatever scrolls.
  const left = () => page.evaluate(() => window.walk.wanted.some((element) => !window.walk.seen.has(element)));
  for (let stop = 0; stop < 3 * stops + 60 && (stop < stops || stop % 10 > 0 || (await left())); stop += 1) {
    await page.keyboard.press('Tab');
  }
  complaints.push(
    ...(await page.evaluate(() => {
      const name = (element) => `<${element.localName} class="${element.className}"> "${(element.getAttribute('aria-label') || element.textContent || '').trim().slice(0, 40)}"`;
      const { wanted, seen, bare } = window.walk;
      const missed = wanted.filter((element) => !seen.has(element));
      return [
        ...missed.slice(0, 3).map((element) => `the Tab key does not reach ${name(element)} (${missed.length} such)`),
        ...[...bare].slice(0, 3).map((element) => `nothing shows that the keyboard is at ${name(element)}`),
      ];
    })),
  );

  // A fold opens and closes.
  const folds = await page.$$('main details > summary');
  for (const key of ['Enter', 'Space'].slice(0, folds.length * 2)) {
    const before = await folds[0].evaluate((summary) => summary.parentElement.open);
    await folds[0].focus();
    await page.keyboard.press(key);
    const after = await folds[0].evaluate((summary) => summary.parentElement.open);
    if (before === after) complaints.push(`${key} does not open or close a fold`);
  }
  return complaints;
}

/** A sheet of A4 within the margins of the print style, in pixels of CSS: 176 by 261 mm. */
const SHEET = { width: 665, height: 986 };

/**
 * On paper: is nothing wider than the sheet, and no formula, listing or figure higher? (What is higher is broken.) And is
 * nothing fixed, which would stand on every sheet?
 */
export async function paper(page) {
  const before = page.viewportSize();
  await page.setViewportSize(SHEET);
  await page.emulateMedia({ media: 'print' });
  const complaints = await page.evaluate((height) => {
    const edge = document.querySelector('main').getBoundingClientRect().right + 1;
    const name = (element) => `<${element.localName} class="${element.className.baseVal ?? element.className}"> "${element.textContent.trim().slice(0, 40)}"`;
    const whole = [...document.querySelectorAll('main :is(figure, pre, .formula, .table-wrapper)')];
    const wide = [...document.querySelectorAll('main :is(.formula .katex-html, pre > code, table, svg)')].filter((element) => {
      const parts = element.localName === 'svg' ? [element] : [element, ...element.children];
      return element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 || parts.some((part) => part.getBoundingClientRect().right > edge);
    });
    const fixed = [...document.querySelectorAll('body *')].filter((element) => getComputedStyle(element).position === 'fixed' && element.checkVisibility({ visibilityProperty: true }));
    const high = whole.filter((element) => !element.matches('.table-wrapper') && element.getBoundingClientRect().height > height);
    return [
      ...wide.slice(0, 3).map((element) => `${name(element)} is wider than the sheet`),
      ...high.slice(0, 3).map((element) => `${name(element)} is higher than the sheet`),
      ...fixed.slice(0, 3).map((element) => `${name(element)} stands on every sheet`),
    ];
  }, SHEET.height);
  await page.emulateMedia({ media: 'screen' });
  await page.setViewportSize(before);
  return complaints;
}

/** Does every sound load, and has it a length? */
export async function sounds(page) {
  return page.evaluate(async () => {
    const players = [...document.querySelectorAll('audio')];
    if (players.length === 0) return undefined;
    const complaints = await Promise.all(
      players.map(
        (audio) =>
          new Promise((done) => {
            const name = audio.currentSrc || audio.src || audio.querySelector('source')?.src || 'a player without a source';
            const judge = () => done(audio.duration > 0 ? [] : [`${name} has no length`]);
            setTimeout(() => done([`${name} does not load`]), 5000);
            audio.addEventListener('loadedmetadata', judge, { once: true });
            audio.addEventListener('error', () => done([`${name} does not load`]), { once: true });
            audio.preload = 'metadata';
            audio.load();
          }),
      ),
    );
    return complaints.flat();
  });
}

/**
 * Listens to a page from now on: `outside` collects the requests that would have left the machine
 * (they are stopped), `errors` what the console and the server complain of, and `pending` holds the
 * requests without an answer.
 */
export async function listen(page, host) {
  const heard = { outside: [], errors: [], pending: new Set() };
  const isOurs = (url) => {
    const { protocol, host: asked } = new URL(url);
    return ['data:', 'blob:', 'about:'].includes(protocol) || asked === host;
  };
  await page.route('**/*', (route) => {
    const url = route.request().url();
    if (isOurs(url)) return route.fallback();
    heard.outside.push(`a request to ${url}`);
    return route.abort();
  });
  page.on('request', (request) => heard.pending.add(request.url()));
  page.on('requestfinished', (request) => heard.pending.delete(request.url()));
  page.on('requestfailed', (request) => heard.pending.delete(request.url()));
  page.on('websocket', (socket) => {
    if (!isOurs(socket.url().replace(/^ws/, 'http'))) heard.outside.push(`a socket to ${socket.url()}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error') heard.errors.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => heard.errors.push(`exception: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400) heard.errors.push(`${response.status()} for ${response.url()}`);
  });
  return heard;
}
