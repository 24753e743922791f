import { limits } from '../limits.ts';

/** What is remembered of a host's errors. */
export interface Blame {
  /** In a row. */
  readonly errors: number;
  /** It is left out until then. */
  readonly ejectedUntilMs: number;
  readonly ejections: number;
}

export const blameless: Blame = { errors: 0, ejectedUntilMs: 0, ejections: 0 };

export function isEjected({ ejectedUntilMs }: Blame, nowMs: number): boolean {
  return nowMs < ejectedUntilMs;
}

export function afterSuccess(record: Blame): Blame {
  return record.errors === 0 ? record : { ...record, errors: 0 };
}

/**
 * After an error: with the fifth in a row a host is left out, unless half of all are. Each time for longer.
 * @param others how many hosts there are, and how many of them are left out now
 */
export function afterError(
  record: Blame,
  others: { readonly hosts: number; readonly ejected: number },
  nowMs: number,
): Blame {
  const errors = record.errors + 1;
  if (errors < limits.ejectAfterErrors || isEjected(record, nowMs)) return { ...record, errors };
  const most = Math.max(1, Math.floor((others.hosts * limits.ejectedPercent) / 100));
  if (others.ejected >= most) return { ...record, errors };
  const ejections = record.ejections + 1;
  const forMs = Math.min(limits.ejectionMs * ejections, limits.longestEjectionMs);
  return { errors: 0, ejectedUntilMs: nowMs + forMs, ejections };
}
