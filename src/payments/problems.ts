import { problemsOf, type ReplyOfProblem } from '../http/problems.js';

/** The codes of errors that are the product's own, beside those of the engine. */
export const PAYMENT_PROBLEMS = {
  payment_not_found: { status: 404, title: 'No such payment' },
  payment_exists: { status: 409, title: 'The id is taken' },
  version_conflict: { status: 409, title: 'The payment has another version' },
} as const;

type PaymentCode = keyof typeof PAYMENT_PROBLEMS;
export type PaymentProblem<Code extends PaymentCode> = ReplyOfProblem<Code, (typeof PAYMENT_PROBLEMS)[Code]['status']>;

/** Makes the reply for an error of `PAYMENT_PROBLEMS`. */
export const paymentProblem = problemsOf(PAYMENT_PROBLEMS);
