const end = '<!-- end of generated text -->';

/** A page with the part between its two marks replaced; the first of them names the script that writes it. */
export function generatedIn(page: string, script: string, text: string): string {
  const begin = `<!-- generated: npx tsx scripts/${script}.ts -->`;
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`The page has no ${begin}.`);
  return `${page.slice(0, before)}${begin}\n\n${text}\n\n${page.slice(after)}`;
}
