import { expect, test } from 'vitest';
import { ConfigFailure } from '../../../runtime/contract/failure.ts';
import { asked, suggested } from '../../../runtime/init/questions.ts';

async function* given(...lines: string[]) {
  yield* lines;
}

const person = (...lines: string[]) => {
  const shown: string[] = [];
  return { shown, answers: asked(given(...lines), (text) => shown.push(text), new AbortController().signal) };
};

const question = { text: 'Where', option: '--where' };
const choice = { text: 'Which?', option: '--which', choices: ['a', 'b'] };

test('an answer that is a problem is asked for again, with the reason', async () => {
  const { shown, answers } = person('', 'x', ' y ');
  const problem = (answer: string) => (answer === 'x' ? 'not x' : undefined);
  expect(await answers.ask({ ...question, problem })).toBe('y');
  expect(shown).toEqual(['Where: ', '  an answer is needed\n', 'Where: ', '  not x\n', 'Where: ']);
});

test('an empty line takes what is suggested', async () => {
  const { shown, answers } = person('');
  expect(await answers.ask({ ...question, fallback: 'here' })).toBe('here');
  expect(shown).toEqual(['Where [here]: ']);
});

test('a choice is taken by number or by name', async () => {
  const { answers } = person('2', 'a', '3', 'b');
  expect(await answers.choose(choice)).toBe('b');
  expect(await answers.choose(choice)).toBe('a');
  expect(await answers.choose(choice)).toBe('b');
});

test('answers that end too early name the option to give', async () => {
  const { answers } = person();
  const failure = await answers.ask(question).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ConfigFailure);
  expect(String(failure)).toMatch(/Give --where, or --yes/);
});

test('a stopped run waits for no answer', async () => {
  const run = new AbortController();
  const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  const waiting = asked(never, () => {}, run.signal).ask(question);
  run.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
});

test('without a person, what is suggested is taken, and else the option is named', async () => {
  expect(await suggested.ask({ ...question, fallback: 'here' })).toBe('here');
  expect(await suggested.choose({ ...choice, choices: ['only'] })).toBe('only');
  await expect(suggested.ask(question)).rejects.toThrow('Give --where.');
  await expect(suggested.choose(choice)).rejects.toThrow('Which?: one of a, b. Give --which.');
});
