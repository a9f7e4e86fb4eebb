import type { ErrorCode } from '../contract/contract.js';
import { ENGINE_PROBLEMS, type ProblemEntry, problemsOf, type ReplyOfProblem } from '../http/problems.js';

/** The product's own error codes, besides those of the engine. */
const PAYMENT_PROBLEMS = {
  payment_not_found: { status: 404, title: 'No such payment' },
  payment_exists: { status: 409, title: 'The id is taken' },
  version_conflict: { status: 409, title: 'The payment has another version' },
} as const;

type PaymentCode = keyof typeof PAYMENT_PROBLEMS;
export type PaymentProblem<Code extends PaymentCode> = ReplyOfProblem<Code, (typeof PAYMENT_PROBLEMS)[Code]['status']>;

type ProblemCode = keyof typeof ENGINE_PROBLEMS | PaymentCode;
/** Exactly the codes of the contract: a missing or surplus one does not compile. */
export const PROBLEMS: Readonly<Record<ErrorCode, ProblemEntry>> = {
  ...ENGINE_PROBLEMS,
  ...PAYMENT_PROBLEMS,
} satisfies Record<ErrorCode, ProblemEntry> & Record<Exclude<ProblemCode, ErrorCode>, never>;

export const paymentProblem = problemsOf(PAYMENT_PROBLEMS);
