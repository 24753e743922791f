/** A compiled filter pattern. */
export interface LogFilter {
  /** Steps a character of a message at most, about; callers bound their work by it. */
  readonly cost: number;
  /** Never throws, and takes time in proportion to the message. */
  matches(message: string): boolean;
}
