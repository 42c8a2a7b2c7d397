// Chromium without a window, and without what it would fetch for itself.

import { chromium } from 'playwright-core';

/** Starts the browser: that of the environment variable CHROMIUM, or Debian's. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
