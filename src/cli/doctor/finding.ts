/** `wrong` stands in the way, `warning` may be wanted. */
export type FindingState = 'ok' | 'warning' | 'wrong';

/** One line of `tinybase doctor`. */
export interface DoctorFinding {
  readonly state: FindingState;
  /** What was looked at, in a word or two. */
  readonly subject: string;
  readonly what: string;
  /** Null when there is nothing to do. */
  readonly advice: string | null;
}

export const ok = (subject: string, what: string): DoctorFinding => ({
  state: 'ok',
  subject,
  what,
  advice: null,
});

export const warning = (subject: string, what: string, advice: string): DoctorFinding => ({
  state: 'warning',
  subject,
  what,
  advice,
});

export const wrong = (subject: string, what: string, advice: string): DoctorFinding => ({
  state: 'wrong',
  subject,
  what,
  advice,
});
