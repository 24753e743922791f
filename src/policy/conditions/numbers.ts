const numberPattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** An integer or decimal; undefined when the text is none. */
export function readNumber(text: string): number | undefined {
  return numberPattern.test(text) ? Number(text) : undefined;
}
