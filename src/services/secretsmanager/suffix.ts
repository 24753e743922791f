import type { Ids } from '../../kernel/index.ts';

const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** The six random characters at the end of a secret's ARN. */
export function newSuffix(ids: Ids): string {
  return Array.from({ length: 6 }, () => characters[Math.floor(ids.fraction() * characters.length)]).join('');
}
