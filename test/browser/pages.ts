/** Chromium as the browser tests use it: pages that complain are noticed, and every look at one is a check of it. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { expect } from 'chai';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { z } from 'zod';

import type { Home } from '../../network/home/home.ts';
import { addresses } from '../../scripts/platform/addresses.ts';
import { findProgram } from '../../scripts/platform/debian.ts';
import { passwordOf } from '../harness/instance.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const violationsSchema = z.array(z.object({ id: z.string(), nodes: z.array(z.string()) }));

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

export class Pages {
  /** What pages threw, or wrote as errors. */
  readonly complaints: string[] = [];
  readonly dashboard: string;
  readonly #home: Home;
  readonly #browser: Browser;
  readonly #shots = process.env['BIOT_SCREENSHOTS'];

  private constructor(home: Home, browser: Browser) {
    this.#home = home;
    this.#browser = browser;
    this.dashboard = addresses(home).dashboard;
  }

  static async open(home: Home): Promise<Pages> {
    const browser = await chromium.launch({
      executablePath: findProgram('chromium') ?? 'chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    });
    return new Pages(home, browser);
  }

  close(): Promise<void> {
    return this.#browser.close();
  }

  /** A page of somebody who has never been here. */
  async newPage(options: BrowserContextOptions = { viewport: DESKTOP }): Promise<Page> {
    const context = await this.#browser.newContext(options);
    const opened = await context.newPage();
    opened.on('pageerror', (error) => this.complaints.push(error.message));
    opened.on('console', (entry) => {
      // The first look for a session answers 401: the browser reports that by itself.
      if (entry.type() === 'error' && !entry.text().includes('401')) this.complaints.push(entry.text());
    });
    return opened;
  }

  /** Signs a person in, one of the demo's unless a password is given. */
  async signIn(target: Page, name: string, password = passwordOf(this.#home, name)): Promise<void> {
    await target.goto(this.dashboard);
    await target.getByLabel('Name').fill(name);
    await target.getByLabel('Password').fill(password);
    await target.getByRole('button', { name: 'Sign in' }).click();
    await target.getByRole('heading', { level: 1 }).waitFor();
    await target.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  }

  /** Takes a picture when asked for, and checks the page against the WCAG rules that a program can check. */
  async look(target: Page, name: string): Promise<void> {
    // What is still fading in has not got its contrast yet; what turns for ever is not waited for.
    await target.evaluate(
      `Promise.allSettled(document.getAnimations()
         .filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity)
         .map((animation) => animation.finished))`,
    );
    if (this.#shots !== undefined) {
      mkdirSync(this.#shots, { recursive: true });
      await target.screenshot({ path: `${this.#shots}/${name}.png` });
    }
    // Run in the page's own context: the content security policy forbids a script element.
    await target.evaluate(AXE);
    const found: unknown = await target.evaluate(
      `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'] })
         .then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html) })))`,
    );
    expect(violationsSchema.parse(found)).to.deep.equal([]);
  }

  /** How many pixels of the page are out of sight to the right. */
  async overflow(target: Page): Promise<unknown> {
    return target.evaluate('document.documentElement.scrollWidth - window.innerWidth');
  }
}
