/** Regular expressions that users write: whoever implements it bounds what a match can cost. */
export interface PatternReader {
  /** A test of a whole value. @throws InvalidArgument when the pattern cannot be read */
  read(pattern: string): (value: string) => boolean;
}
