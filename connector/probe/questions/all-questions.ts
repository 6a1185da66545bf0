import type { Question } from '../question.ts';
import { accountQuestions, accountUpdateQuestions } from './account-questions.ts';
import { addressQuestions } from './address-questions.ts';
import { contactQuestions } from './contact-questions.ts';
import { endQuestions } from './end-questions.ts';
import { fieldQuestions } from './field-questions.ts';
import { listQuestions } from './list-questions.ts';
import { matchQuestions } from './match-questions.ts';
import { updateQuestions } from './update-questions.ts';
import { valueQuestions } from './value-questions.ts';
import { workspaceQuestions } from './workspace-questions.ts';

/** Every request of a probe run, in order. */
export const allQuestions: readonly Question[] = [
  ...workspaceQuestions,
  ...contactQuestions,
  ...matchQuestions,
  ...accountQuestions,
  ...updateQuestions,
  ...accountUpdateQuestions,
  ...valueQuestions,
  ...listQuestions,
  ...fieldQuestions,
  ...addressQuestions,
  ...endQuestions,
];
