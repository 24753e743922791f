/**
 * Patterns with `*` and `?`, compiled once, matched without recursion: at most (pattern length x text length) steps, whatever the
 * pattern. A pattern is a row of codes: a character, or one of the wildcards below.
 */
/** `*`: any characters. */
export const anyText = -1;
/** `?`: any one character. */
export const anyCharacter = -2;
/** `*` that stays within a part of an ARN: any characters but a colon. */
export const anyTextInPart = -3;
/** `?` that stays within a part of an ARN. */
export const anyCharacterInPart = -4;

const colon = 58;

export type Glob =
  | { readonly kind: 'any' }
  | { readonly kind: 'exact'; readonly text: string }
  | { readonly kind: 'prefix'; readonly text: string }
  | { readonly kind: 'codes'; readonly codes: Int32Array }
  | { readonly kind: 'sets'; readonly codes: Int32Array };

/** A glob of codes: characters as they are, wildcards as the constants above. */
export function globOf(codes: readonly number[]): Glob {
  const slim = codes.filter((code, index) => !(code === anyText && codes[index - 1] === anyText));
  const firstWild = slim.findIndex((code) => code < 0);
  if (firstWild === -1) return { kind: 'exact', text: textOf(slim) };
  if (firstWild === slim.length - 1 && slim[firstWild] === anyText) {
    return firstWild === 0 ? { kind: 'any' } : { kind: 'prefix', text: textOf(slim.slice(0, -1)) };
  }
  // Going back to the last star is enough, unless that star is bound to its part and an earlier one is not.
  const firstFree = slim.indexOf(anyText);
  const mixed = firstFree !== -1 && slim.lastIndexOf(anyTextInPart) > firstFree;
  return { kind: mixed ? 'sets' : 'codes', codes: Int32Array.from(slim) };
}

export function globMatches(glob: Glob, text: string): boolean {
  switch (glob.kind) {
    case 'any':
      return true;
    case 'exact':
      return glob.text === text;
    case 'prefix':
      return text.startsWith(glob.text);
    case 'codes':
      return matchCodes(glob.codes, text);
    case 'sets':
      return matchSets(glob.codes, text);
  }
}

/** The codes of plain text with wildcards (`wild`) or without. */
export function codesOf(text: string, wild: boolean): number[] {
  const codes: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (wild && code === 42) codes.push(anyText);
    else if (wild && code === 63) codes.push(anyCharacter);
    else codes.push(code);
  }
  return codes;
}

function textOf(codes: readonly number[]): string {
  return codes.map((code) => String.fromCharCode(code)).join('');
}

function takes(code: number | undefined, char: number): boolean {
  return code === char || code === anyCharacter || (code === anyCharacterInPart && char !== colon);
}

/** Greedy, with one place to go back to: the last star. */
function matchCodes(codes: Int32Array, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let index = 0; index < text.length;) {
    const code = codes[at];
    if (code === anyText || code === anyTextInPart) {
      star = at++;
      resume = index;
    } else if (takes(code, text.charCodeAt(index))) {
      at++;
      index++;
    } else {
      if (star === -1 || (codes[star] === anyTextInPart && text.charCodeAt(resume) === colon)) return false;
      at = star + 1;
      index = ++resume;
    }
  }
  while (codes[at] === anyText || codes[at] === anyTextInPart) at++;
  return at === codes.length;
}

/** Every place of the pattern that the text read so far can have reached, at once. */
function matchSets(codes: Int32Array, text: string): boolean {
  let now = new Uint8Array(codes.length + 1);
  let next = new Uint8Array(codes.length + 1);
  const reach = (places: Uint8Array, place: number): void => {
    let at = place;
    places[at] = 1;
    while (codes[at] === anyText || codes[at] === anyTextInPart) places[++at] = 1;
  };
  reach(now, 0);
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index);
    next.fill(0);
    for (let at = 0; at < codes.length; at++) {
      if (now[at] === 0) continue;
      const code = codes[at];
      if (code === anyText || (code === anyTextInPart && char !== colon)) reach(next, at);
      else if (takes(code, char)) reach(next, at + 1);
    }
    [now, next] = [next, now];
  }
  return now[codes.length] === 1;
}
