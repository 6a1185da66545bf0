import type { Question } from '../question.ts';
import { contactQuestions } from './contact-questions.ts';
import { endQuestions } from './end-questions.ts';
import { workspaceQuestions } from './workspace-questions.ts';

/** Every request of a probe run, in order. */
export const allQuestions: readonly Question[] = [...workspaceQuestions, ...contactQuestions, ...endQuestions];
