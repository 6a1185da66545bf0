import { setTimeout as pause } from 'node:timers/promises';

const exactly = (label) => new RegExp(`^${label.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(\\s*\\*)?$`);

/** A field by its label, and where labels repeat, the one at `at`. */
const field = (page, label, at) =>
  page
    .locator('input, textarea')
    .and(page.getByLabel(exactly(label)))
    .nth(at);

const pickOption = async (page, box, option) => {
  await box.click();
  await page.getByRole('option', { name: option, exact: true }).click();
};

/** How a person uses a form that rjsf drew. */
const rjsf = (page) => ({
  fill: (label, text, at = 0) => field(page, label, at).fill(text),
  pick: (label, option) =>
    pickOption(page, page.getByRole('combobox', { name: new RegExp(`^${label}\\b`) }).first(), option),
  /** Of a choice, the alternative of this name, in place of another one. */
  choose: (title, from) =>
    pickOption(page, page.getByRole('combobox', { name: new RegExp(`\\b${from}$`) }).first(), title),
  // The button of a list is named by the place of the list.
  addStream: () => page.locator('[id$="_streams__add"]').click(),
  addMapping: () => page.locator('[id$="_streams_0_mapping__add"]').click(),
  openLists: async () => {
    const buttons = page.locator('[id*="_source_"][id$="__add"]');
    for (let at = (await buttons.count()) - 1; at >= 0; at--) await buttons.nth(at).click();
  },
  fillMapping: async (at, entry) => {
    for (const [label, text] of Object.entries(entry)) await field(page, label, at).fill(text);
  },
  removeMapping: (at) => page.locator(`[id$="_streams_0_mapping_${at}__remove"]`).click(),
});

const mappingTable = (page) => page.getByRole('table').filter({ has: page.getByLabel('Add to Mapping') });

/** How a person uses a form that JSON Forms drew. */
const jsonForms = (page) => ({
  fill: (label, text, at = 0) => field(page, label, at).fill(text),
  pick: (label, option) => pickOption(page, page.getByRole('combobox', { name: exactly(label) }), option),
  choose: async (title) => {
    await page.getByRole('tab', { name: title }).click();
    const sure = page.getByRole('button', { name: 'Yes' });
    // It asks before it drops what was filled in.
    if (await sure.isVisible()) await sure.click();
  },
  addStream: async () => {
    await page.getByLabel('Add to Streams').click();
    await page.locator('.MuiAccordionSummary-root').click();
  },
  addMapping: async () => {
    // It is told of a change a little later, and takes that for all that it holds: what a hand faster than that adds is lost.
    await filledOf(page);
    await page.getByLabel('Add to Mapping').click();
  },
  // What its tables of the source's lists name their cells is not looked at.
  openLists: async () => {},
  fillMapping: async (at, entry) => {
    const columns = ['Field', 'Column', 'Constant'];
    const row = mappingTable(page).locator('tbody tr').nth(at);
    for (const [label, text] of Object.entries(entry)) {
      await row.locator('td').nth(columns.indexOf(label)).locator('input').fill(text);
    }
  },
  removeMapping: async (at) => {
    await mappingTable(page).locator('tbody tr').nth(at).getByRole('button').click();
    await page.getByRole('button', { name: 'Yes' }).click();
  },
});

export const hands = { rjsf, 'json-forms': jsonForms };

/** What the form holds once it has stopped changing: both libraries report a little later. */
export async function filledOf(page) {
  let before = '';
  for (;;) {
    await pause(400);
    const now = await page.evaluate(() => JSON.stringify(window.filled));
    if (now === before) return JSON.parse(now);
    before = now;
  }
}

/** The names by which a person, or a screen reader, knows what is on the page. */
export const namesOn = (page) =>
  page.evaluate(() => {
    const plain = (text) => text.replace(/\s*\*?\s*$/, '').trim();
    const labelled = [...document.querySelectorAll('input, textarea')].filter(
      (each) => each.type !== 'hidden' && !each.ariaHidden,
    );
    const heading = (input) => {
      const cell = input.closest('td');
      const table = input.closest('table');
      const heads = cell && [...table.querySelectorAll('thead tr')].at(-1)?.children;
      return heads?.[cell.cellIndex]?.innerText;
    };
    const nameOf = (input) => plain(input.labels?.[0]?.innerText ?? input.ariaLabel ?? heading(input) ?? '');
    return {
      inputs: labelled.map((input) => ({ name: nameOf(input), type: input.type })),
      texts: [
        ...document.querySelectorAll(
          'label, h1, h2, h3, h4, h5, h6, .MuiCardHeader-title, [role=tab], [role=combobox], th',
        ),
      ].map((each) => plain(each.textContent)),
    };
  });
