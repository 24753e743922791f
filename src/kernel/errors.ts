/**
 * The closed set of error classes inside Longshore. A service maps them to AWS's codes at its edge;
 * code decides by class, never by text.
 */
export class LongshoreError extends Error {
  override readonly name: string = 'LongshoreError';
}
/** What was named does not exist. */
export class NotFound extends LongshoreError {
  override readonly name = 'NotFound';
}
/** The state changed under the caller, or forbids the change. */
export class Conflict extends LongshoreError {
  override readonly name = 'Conflict';
}
/** The caller's input is wrong, and will stay wrong. */
export class InvalidArgument extends LongshoreError {
  override readonly name = 'InvalidArgument';
}
/** A part that is needed does not answer now; the same call may work later. */
export class Unavailable extends LongshoreError {
  override readonly name = 'Unavailable';
}
/** Longshore, or this machine, cannot do this. */
export class Unsupported extends LongshoreError {
  override readonly name = 'Unsupported';
}
/** A bug in Longshore. */
export class Internal extends LongshoreError {
  override readonly name = 'Internal';
}

/** The text of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
