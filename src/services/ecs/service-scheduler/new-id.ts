import type { Ids } from '../../../kernel/index.ts';

/** 19 decimal digits that begin with no zero, as ECS names deployments. */
export function newId(ids: Ids): string {
  let digits = String(1 + Math.floor(ids.fraction() * 9));
  while (digits.length < 19)
    digits += Math.floor(ids.fraction() * 1e9)
      .toString()
      .padStart(9, '0');
  return digits.slice(0, 19);
}
