import { csvDialectOf, linesAboveText } from '../source/csv/csv-dialect.ts';
import { csvQuery } from '../source/csv/csv-query.ts';
import { refuse } from './init-answers.ts';
import type { Answers } from './questions.ts';

/** The query that reads a CSV file, with its dialect. Asks before it leaves out lines above the header. */
export async function csvQueryFor(
  file: Parameters<typeof csvDialectOf>[0],
  skip: string | undefined,
  answers: Answers,
): Promise<string> {
  if (skip !== undefined && !/^\d{1,6}$/.test(skip)) throw refuse('--skip: expected a number of lines.');
  const found = await csvDialectOf(file, skip === undefined ? undefined : Number(skip));
  if ('dialect' in found) return csvQuery(file.path, found.dialect);
  const { above } = found;
  const what = `${file.path}: ${linesAboveText(above)} above what looks like the header`;
  const answer = await answers.ask({
    text: `${what}. Skip ${above === 1 ? 'it' : 'them'}? yes or no`,
    option: `--skip ${above}`,
    unasked: `${what} and would be skipped. Nothing is left out by itself: give --skip ${above}, or take them out of the file.`,
    problem: (text) => (/^(y|yes|n|no)$/i.test(text) ? undefined : 'expected yes or no'),
  });
  if (/^n/i.test(answer)) throw refuse(`${what}. Take them out of the file, or give --query.`);
  return csvQueryFor(file, String(above), answers);
}
