// The HTML report in Debian's Chromium.
//
// node page.mjs MODULES PAGE...    pages were written by the program (see run.sh)
//
// Holds for each: nothing is requested and nothing said on the console, no dialog opens;
// axe finds no violation with all opened, and on a dark phone, html-validate none in the source;
// anchors open what they name; filter, times, copy and open all work; without script all is
// there; on paper and on a phone nothing is cut or wider than the page.
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const [modules, ...pages] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, 'x.js'));
const { chromium } = require('playwright-core');
const { HtmlValidate } = require('html-validate');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

let problems = 0;
const wrong = (page, what) => {
  problems += 1;
  console.log(`${path.basename(page)}: ${what}`);
};

// Its style is ours, and wrapped lines of attributes are not.
const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    'no-inline-style': 'error',
    'long-title': 'off',
    'void-style': 'off',
    'no-trailing-whitespace': 'off',
    'doctype-style': 'off',
    'require-sri': 'off',
    // A region that scrolls must be reached by keyboard (WCAG 2.1.1).
    'prefer-native-element': 'off',
    'no-redundant-role': 'off',
  },
});

async function validate(file) {
  const report = await validator.validateFile(file);
  for (const result of report.results) {
    for (const message of result.messages.slice(0, 8)) {
      wrong(file, `html-validate ${message.line}:${message.column} ${message.ruleId}: ${message.message}`);
    }
  }
}

async function open(browser, file, options) {
  const context = await browser.newContext({ colorScheme: 'light', ...options });
  const page = await context.newPage();
  const address = 'file://' + path.resolve(file);
  page.on('console', (message) => wrong(file, `console: ${message.text()}`));
  page.on('pageerror', (error) => wrong(file, `script: ${error.message}`));
  page.on('dialog', (dialog) => { wrong(file, `dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== address) {
      wrong(file, `request: ${request.url()}`);
    }
  });
  await page.goto(address);
  return { context, page, address };
}

async function checkAxe(file, page, where) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
  }));
  for (const violation of found.violations) {
    const node = violation.nodes[0];
    wrong(file, `axe (${where}) ${violation.id}: ${node.target} ${node.failureSummary.replace(/\s+/g, ' ')}`);
  }
}

async function checkAnchors(file, page) {
  const hashes = await page.$$eval('a[href^="#"]', (links) =>
    [...new Set(links.map((link) => link.getAttribute('href')))]);
  await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = false; }));
  for (const hash of hashes) {
    await page.evaluate((to) => { location.hash = to; }, hash);
    await page.waitForTimeout(5);
    const seen = await page.evaluate((id) => {
      const at = document.getElementById(id);
      const box = at && at.getBoundingClientRect();
      return Boolean(box) && box.height > 0;
    }, hash.slice(1));
    if (!seen) {
      wrong(file, `${hash} does not open`);
    }
  }
}

async function checkScript(file, page) {
  const rows = 'main tr, .finding';
  const count = () => page.$$eval(rows, (all) => all.filter((e) => !e.hidden).length);
  const all = await count();
  await page.fill('#tools input', 'no such word anywhere');
  if (await count() >= all) {
    wrong(file, 'the filter hides nothing');
  }
  await page.fill('#tools input', '');
  if (await count() !== all) {
    wrong(file, 'the filter does not give rows back');
  }
  const before = await page.$$eval('time', (times) => times.map((t) => t.textContent).join());
  await page.click('#tools button:has-text("Times")');
  const local = await page.$$eval('time', (times) => times.map((t) => t.textContent).join());
  if (before !== '' && !local.includes('+05:30')) {
    wrong(file, 'times do not switch to the reader\'s zone');
  }
  await page.click('#tools button:has-text("Times")');
  if (await page.$$eval('time', (times) => times.map((t) => t.textContent).join()) !== before) {
    wrong(file, 'times do not switch back');
  }
  await page.click('#tools button:has-text("Open all")');
  if (await page.$('details:not([open])')) {
    wrong(file, '"Open all" leaves something closed');
  }
  const button = await page.$('.copy-button');
  if (button) {
    await button.click();
    const selected = await page.evaluate(() => String(getSelection()));
    if (selected === '') {
      wrong(file, '"Copy" takes nothing');
    }
  }
}

// Nothing wider than the page, save what scrolls by itself or is cut on purpose.
async function checkWidth(file, page, where) {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    return [...document.querySelectorAll('main *')].filter((e) => {
      const box = e.getBoundingClientRect();
      return box.width > 0 && box.right > width + 1 && !e.closest('.scroll');
    }).slice(0, 3).map((e) => `${e.tagName}.${e.className} ${e.textContent.slice(0, 40)}`);
  });
  for (const element of wide) {
    wrong(file, `wider than the page (${where}): ${element}`);
  }
}

async function checkPaper(file, page) {
  await page.emulateMedia({ media: 'print' });
  for (const [format, width] of [['A4', 690], ['Letter', 705]]) {
    await page.setViewportSize({ width, height: 1000 });
    await checkWidth(file, page, format);
    const cut = await page.evaluate(() => [...document.querySelectorAll('.scroll')]
      .filter((e) => e.getBoundingClientRect().width > 0 && e.scrollWidth > e.clientWidth + 1)
      .map((e) => e.getAttribute('aria-label')));
    for (const label of cut) {
      wrong(file, `cut on ${format}: ${label}`);
    }
  }
}

async function checkPage(browser, file) {
  const { context, page } = await open(browser, file, {
    viewport: { width: 1280, height: 900 }, timezoneId: 'Asia/Kolkata' });
  await checkWidth(file, page, 'screen');
  await checkAnchors(file, page);
  await checkScript(file, page);
  await checkAxe(file, page, 'all open');
  await checkPaper(file, page);
  await context.close();

  const phone = await open(browser, file, { viewport: { width: 375, height: 812 }, colorScheme: 'dark' });
  await checkAxe(file, phone.page, 'phone, dark');
  await checkWidth(file, phone.page, 'phone');
  const withScript = await phone.page.$$eval('main section', (all) => all.length);
  await phone.context.close();

  const plain = await open(browser, file, { javaScriptEnabled: false });
  const tools = await plain.page.locator('#tools > *').count();
  const sections = await plain.page.locator('main section').count();
  const headline = await plain.page.locator('h1').isVisible();
  if (tools !== 0 || sections !== withScript || !headline) {
    wrong(file, 'without script something is missing, or does nothing');
  }
  await plain.context.close();
}

const browser = await chromium.launch({
  executablePath: process.env.EXPDIAG_CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
for (const file of pages) {
  await validate(file);
  await checkPage(browser, file);
}
await browser.close();
console.log(`${pages.length} pages, ${problems} problems`);
process.exit(problems === 0 ? 0 : 1);
