import { invalidToken } from './errors.ts';
import type { SortedPosition } from './sorted-index.ts';

/** The token that continues a listing after an entry. */
export function formatNameToken({ rank, name }: SortedPosition): string {
  return `${rank}/${encodeURIComponent(name)}`;
}

/** @throws InvalidParameterException when the text is no token */
export function parseNameToken(text: string): SortedPosition {
  const match = /^(\d{1,15})\/(.*)$/s.exec(text);
  if (match === null) throw invalidToken();
  try {
    return { rank: Number(match[1]), name: decodeURIComponent(match[2] ?? '') };
  } catch {
    throw invalidToken();
  }
}
