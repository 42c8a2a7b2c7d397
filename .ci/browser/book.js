// The book as it is served: the program that serves it, its pages, and a word of each to search.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Starts the book's own program and waits until it serves. */
export async function serve(root) {
  if (process.env.BOOK_URL) return { url: process.env.BOOK_URL, stop: () => {} };
  const program = spawn('cargo', ['run', '--release', '--quiet', '--', 'serve', '--port', '3979'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const url = await new Promise((resolve, reject) => {
    const read = (chunk) => {
      printed += chunk;
      const found = printed.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (found) {
        clearTimeout(late);
        resolve(found[0]);
      }
    };
    program.stdout.on('data', read);
    program.stderr.on('data', read);
    const fail = (why) => {
      clearTimeout(late);
      program.kill('SIGINT');
      reject(new Error(`${why}; printed: ${printed}`));
    };
    const late = setTimeout(() => fail('not serving after ten minutes'), 600_000);
    program.on('error', (error) => fail(error.message));
    program.on('close', (code) => fail(`the book's program stopped (exit code ${code})`));
  });
  for (let tries = 0; ; tries += 1) {
    try {
      await fetch(url);
      return { url, stop: () => program.kill('SIGINT') };
    } catch (error) {
      if (tries === 100) {
        program.kill('SIGINT');
        throw new Error(`${url} does not answer: ${error.message}`);
      }
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

/** The pages that SUMMARY.md names, as paths on the server. */
export function pages(root) {
  const summary = readFileSync(join(root, 'chapters/SUMMARY.md'), 'utf8');
  const paths = [...summary.matchAll(/\]\(<?([^)>]+)\.md>?\)/g)].map(([, path]) => `/${path.replace(/^\.\//, '')}.html`);
  if (paths.length === 0) throw new Error('chapters/SUMMARY.md names no page');
  return [...new Set(paths)];
}

/** The pages of sources to which the pages at `paths` link. */
export async function sources(url, paths) {
  const found = new Set();
  for (const path of paths) {
    const html = await (await fetch(url + path)).text();
    for (const [, href] of html.matchAll(/href="([^"#]*\/?source\/[^"#]+\.html)/g)) {
      found.add(new URL(href, url + path).pathname);
    }
  }
  return [...found].sort();
}

/**
 * For each page the word of its prose that the fewest pages have, the longest of those. Words that begin alike
 * count as one: the search looks for stems.
 */
export async function rareWords(url, paths) {
  const words = new Map();
  for (const path of paths) {
    const answer = await fetch(url + path);
    if (!answer.ok) throw new Error(`${path} stands in SUMMARY.md, but the server answers ${answer.status}`);
    const main = (await answer.text()).split(/<main[^>]*>/)[1]?.split('</main>')[0] ?? '';
    const prose = main
      .replace(/<(math|svg|pre|code|script|style)\b[\s\S]*?<\/\1>/g, ' ')
      .replace(/<span class="katex[\s\S]*?<\/p>/g, ' ')
      .replace(/<[^>]+>/g, '\n');
    words.set(path, new Set(prose.match(/(?<![\p{L}\p{N}&_-])[a-z]{3,20}(?![\p{L}\p{N}_;-])/gu)));
  }
  // Roughly what the search makes of a word: sharing, shares and shared are one, and so are fits and fitted.
  const beginning = (word) =>
    word
      .replace(/(ings?|ed|ers?|es|ly|s|e)$/, '')
      .replace(/([bdfgmnprt])\1$/, '$1')
      .slice(0, 5);
  const count = new Map();
  for (const set of words.values()) {
    for (const stem of new Set([...set].map(beginning))) count.set(stem, (count.get(stem) ?? 0) + 1);
  }
  const pagesWith = (word) => count.get(beginning(word));
  return new Map(
    [...words].map(([path, set]) => {
      const long = [...set].filter((word) => word.length >= 6);
      const [rarest] = long.sort((a, b) => pagesWith(a) - pagesWith(b) || b.length - a.length);
      return [path, rarest];
    }),
  );
}
