// The HTML report in Debian's Chromium.
//
// node page.mjs MODULES PAGE...    pages were written by the program (see run.sh)
//
// Holds for each: nothing is requested and nothing said on the console, no dialog opens;
// axe finds no violation, light, dark and on a phone, html-validate none in the source;
// anchors open what they name; filter, times, folding and copy do what they say, by keyboard
// too; without script all words are there; on A4, on Letter and on a phone nothing is cut or
// wider than the page.
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
    resultTypes: ['violations'],
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

const shown = (page) => page.$$eval('main tr, .finding', (all) => all.filter((e) => !e.hidden).length);

// What stays has the word, what has it stays; Escape and a link to what is hidden end it.
async function checkFilter(file, page) {
  const all = await shown(page);
  await page.fill('#tools input', 'no such word anywhere');
  if (await shown(page) >= all) {
    wrong(file, 'the filter hides nothing');
  }
  await page.press('#tools input', 'Escape');
  if (await shown(page) !== all || await page.inputValue('#tools input') !== '') {
    wrong(file, 'Escape does not end the filter');
  }
  await page.fill('#tools input', 'CAPTURE  certificate');
  const odd = await page.$$eval('.finding, main section:not(#findings) table.stack tbody tr', (rows) =>
    rows.filter((row) => row.hidden === /capture/i.test(row.textContent) && row.hidden === /certificate/i.test(row.textContent)).length);
  const told = await page.textContent('#tools [role=status]');
  if (odd > 0 || !/^[0-9]+ of [0-9]+$/.test(told)) {
    wrong(file, `the filter keeps the wrong rows: ${odd}, "${told}"`);
  }
  const link = await page.$('#answer a[href^="#f-"]');
  if (link) {
    await page.fill('#tools input', 'no such word anywhere');
    await link.click();
    await page.waitForTimeout(20);
    if (await shown(page) !== all) {
      wrong(file, 'a link to a finding that is filtered out does not show it');
    }
  }
  await page.fill('#tools input', '');
  if (await shown(page) !== all) {
    wrong(file, 'the filter does not give rows back');
  }
}

// Every time as the zone of the context has it, in tables, sentences and drawings; and back.
async function checkTimes(file, page) {
  const read = () => page.$$eval('time, [data-time]', (all) => all.map((e) =>
    [e.getAttribute('datetime') || e.getAttribute('data-time'), e.textContent]));
  const before = await read();
  const india = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Asia/Kolkata', dateStyle: 'short', timeStyle: 'medium' });
  await page.click('#tools button:has-text("Times: UTC")');
  for (const [exact, text] of await read()) {
    if (text !== `${india.format(new Date(exact))}+05:30`) {
      wrong(file, `${exact} becomes "${text}" in India`);
      break;
    }
  }
  // what the page still says in UTC is a name, or was quoted as it is
  const left = await page.$$eval('main p, main li, main td, main h1, main h3', (all) => all.filter((e) => {
    const copy = e.cloneNode(true);
    copy.querySelectorAll('q, code, h4, p, li').forEach((inner) => inner.remove());
    return /[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}Z/.test(copy.textContent);
  }).map((e) => e.textContent.slice(0, 80)));
  if (left.length > 0) {
    wrong(file, `a time stays UTC: ${left[0]}`);
  }
  await page.click('#tools button:has-text("Times: local")');
  if (String(await read()) !== String(before)) {
    wrong(file, 'times do not switch back');
  }
}

async function checkFolding(file, page) {
  await page.click('#tools button:has-text("Open all")');
  if (await page.$('details:not([open])')) {
    wrong(file, '"Open all" leaves something closed');
  }
  await page.click('#tools button:has-text("Close all")');
  if (await page.$('details[open]')) {
    wrong(file, '"Close all" leaves something open');
  }
  const summary = page.locator('summary').first();
  if (await summary.count() > 0) {
    await summary.focus();
    await page.keyboard.press('Enter');
    if (!await page.$('details[open]')) {
      wrong(file, 'a key does not open what is folded');
    }
  }
  await page.click('#tools button:has-text("Open all")');
}

// The clipboard holds what stands before the button; where it is refused, that is selected.
async function checkCopy(file, page) {
  const codes = await page.$$eval('code.copy', (all) => all.map((e) => e.textContent));
  if (codes.length !== await page.locator('.copy-button').count()) {
    wrong(file, 'a text to copy has no button');
  }
  for (const at of new Set([0, codes.length >> 1, codes.length - 1])) {
    if (at < 0 || at >= codes.length) {
      continue;
    }
    const button = page.locator('.copy-button').nth(at);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await button.click();
    await page.waitForTimeout(20);
    const got = await page.evaluate(() => navigator.clipboard.readText());
    const said = await button.textContent();
    if (got !== codes[at] || said !== 'Copied') {
      wrong(file, `"Copy" of "${codes[at]}" gives "${got}", says "${said}"`);
    }
    await page.context().clearPermissions();
    await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); });
    await button.click();
    await page.waitForTimeout(20);
    const selected = await page.evaluate(() => String(getSelection()));
    if (selected !== codes[at]) {
      wrong(file, `refused, "Copy" selects "${selected}"`);
    }
  }
}

// In the order of the page, from the link over the tools on; where the focus is can be seen.
async function checkKeyboard(file, page) {
  await page.goto(page.url().split('#')[0]);
  const walk = [];
  for (let i = 0; i < 24; i += 1) {
    await page.keyboard.press('Tab');
    const step = await page.evaluate(() => {
      const at = document.activeElement;
      const style = getComputedStyle(at);
      const box = at.getBoundingClientRect();
      const order = [...document.querySelectorAll('*')].indexOf(at);
      return { name: at.className || at.tagName, order,
        seen: (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) && box.width > 0 &&
          box.left >= 0 && box.top >= 0 && box.top < innerHeight };
    });
    if (step.name === 'BODY' && i > 0) { // a short page ends
      break;
    }
    walk.push(step);
  }
  if (walk[0].name !== 'skip' || walk[1].name !== 'INPUT') {
    wrong(file, `Tab begins with ${walk[0].name}, ${walk[1].name}`);
  }
  walk.forEach((step, i) => {
    if (!step.seen) {
      wrong(file, `the focus on ${step.name} (${i}. Tab) cannot be seen`);
    }
    if (i > 0 && step.order <= walk[i - 1].order && step.order > 10) {
      wrong(file, `Tab goes back from ${walk[i - 1].name} to ${step.name}`);
    }
  });
  await page.focus('.skip');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  if (!await page.evaluate(() => document.querySelector('main').contains(document.activeElement))) {
    wrong(file, 'the first link does not skip to the report');
  }
  if (await page.$('[tabindex]:not([tabindex="0"]):not([tabindex="-1"])')) {
    wrong(file, 'an element has a place of its own in the order of Tab');
  }
}

// Words of a drawing end within it.
async function checkDrawings(file, page, where) {
  const out = await page.$$eval('svg text', (all) => all.filter((text) => {
    const box = text.getBoundingClientRect();
    const frame = text.ownerSVGElement.getBoundingClientRect();
    return box.width > 0 && (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1);
  }).slice(0, 3).map((text) => text.textContent));
  for (const text of out) {
    wrong(file, `leaves its drawing (${where}): ${text}`);
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

// A sheet has 184 mm or 190 mm of text; what is hidden or cut there is lost for good.
async function checkPaper(file, page) {
  await page.emulateMedia({ media: 'print' });
  for (const [format, width] of [['A4', 690], ['Letter', 705]]) {
    await page.setViewportSize({ width, height: 1000 });
    await checkWidth(file, page, format);
    await checkDrawings(file, page, format);
    const cut = await page.$$eval('.scroll, .badge, td, p, li, q, code', (all) => all.filter((e) =>
      e.getBoundingClientRect().width > 0 && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 &&
      getComputedStyle(e).display !== 'inline').map((e) => e.getAttribute('aria-label') || e.textContent.slice(0, 40)));
    for (const text of cut.slice(0, 3)) {
      wrong(file, `cut on ${format}: ${text}`);
    }
    const pdf = (await page.pdf({ format })).toString('latin1');
    const sheets = pdf.split(/\/Type\s*\/Page\b/).length - 1;
    if (sheets < 1 || sheets > 24) {
      wrong(file, `${sheets} sheets of ${format}`);
    }
  }
  await page.emulateMedia({ media: 'screen' });
}

// All words are there, and what is folded opens, where scripts do not run.
async function checkWithoutScript(browser, file, words) {
  const { context, page } = await open(browser, file, { javaScriptEnabled: false });
  if (await page.locator('#tools > *').count() !== 0 || !await page.locator('h1').isVisible()) {
    wrong(file, 'without script the tools stand there, or the headline does not');
  }
  if (await page.locator('main').textContent() !== words) {
    wrong(file, 'without script other words are there');
  }
  const folded = page.locator('details:not([open]) > summary').first();
  if (await folded.count() > 0) {
    const before = await page.locator('details[open]').count();
    await folded.click();
    if (await page.locator('details[open]').count() !== before + 1) {
      wrong(file, 'without script what is folded stays so');
    }
  }
  await context.close();
}

async function checkDesk(browser, file) {
  const { context, page } = await open(browser, file, {
    viewport: { width: 1280, height: 900 }, timezoneId: 'Asia/Kolkata' });
  const words = await page.evaluate(() => {
    const main = document.querySelector('main').cloneNode(true);
    main.querySelectorAll('.copy-button').forEach((button) => button.remove());
    return main.textContent;
  });
  await checkWidth(file, page, 'screen');
  const scripted = await page.$('script:not([type="application/json"])'); // fleet's page has none
  if (scripted) {
    await checkKeyboard(file, page);
  }
  await checkAnchors(file, page);
  if (scripted) {
    await checkFilter(file, page);
    await checkTimes(file, page);
    await checkFolding(file, page);
    await checkCopy(file, page);
  }
  await checkDrawings(file, page, 'screen');
  await checkAxe(file, page, 'all open');
  await checkPaper(file, page);
  await context.close();
  await checkWithoutScript(browser, file, words);
}

async function checkPhone(browser, file) {
  const { context, page } = await open(browser, file, {
    viewport: { width: 375, height: 812 }, colorScheme: 'dark' });
  await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
  await checkWidth(file, page, 'phone');
  const wide = await page.evaluate(() => document.scrollingElement.scrollWidth);
  if (wide > 375) {
    wrong(file, `a phone has to scroll sideways: ${wide} px`);
  }
  await checkAxe(file, page, 'phone, dark');
  await context.close();
}

// Thousands of conversations: a page that opens, filters and prints at once all the same.
async function checkMany(browser, file) {
  const begun = Date.now();
  const { context, page } = await open(browser, file, { viewport: { width: 375, height: 812 } });
  const opened = Date.now() - begun;
  const elements = await page.evaluate(() => document.querySelectorAll('*').length);
  const typed = Date.now();
  await page.fill('#tools input', '198.18.0.77');
  const rows = await shown(page);
  const filtered = Date.now() - typed;
  await page.fill('#tools input', '');
  await checkWidth(file, page, 'phone');
  if (elements > 20000 || opened > 5000 || filtered > 3000 || rows === 0) {
    wrong(file, `${elements} elements, ${opened} ms to open, ${filtered} ms to filter ${rows} rows`);
  }
  await context.close();
}

const browser = await chromium.launch({
  executablePath: process.env.EXPDIAG_CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
for (const file of pages) {
  if (path.basename(file) === 'many.html') {
    await checkMany(browser, file);
    continue;
  }
  await validate(file);
  await checkDesk(browser, file);
  await checkPhone(browser, file);
}
await browser.close();
console.log(`${pages.length} pages, ${problems} problems`);
process.exit(problems === 0 ? 0 : 1);
