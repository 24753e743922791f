import type { Ids } from '../../../kernel/index.ts';
import type { Input, SecretsHandler, SecretsManagerDeps } from '../core.ts';
import { invalidParameter, invalidRequest } from '../errors.ts';

const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();
const digits = '0123456789';
const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const defaultLength = 32;

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html */
export function getRandomPassword({ ids }: SecretsManagerDeps): SecretsHandler<'GetRandomPassword'> {
  return (input) => {
    const length = input.PasswordLength ?? defaultLength;
    const types = characterTypes(input);
    const every = types.join('');
    if (every === '') throw invalidRequest('The password would have no characters: everything is excluded');
    const required = input.RequireEachIncludedType === false ? [] : types;
    if (required.length > length)
      throw invalidParameter(
        `The password length ${length} is too short for one character of each of ${required.length} types`,
      );
    const characters = Array.from({ length }, (_, at) => pick(ids, required[at] ?? every));
    return { RandomPassword: shuffled(ids, characters).join('') };
  };
}

function characterTypes(input: Input<'GetRandomPassword'>): readonly string[] {
  const excluded = new Set(input.ExcludeCharacters ?? '');
  return [
    input.ExcludeLowercase === true ? '' : lower,
    input.ExcludeUppercase === true ? '' : upper,
    input.ExcludeNumbers === true ? '' : digits,
    input.ExcludePunctuation === true ? '' : punctuation,
    input.IncludeSpace === true ? ' ' : '',
  ]
    .map((type) =>
      Array.from(type)
        .filter((one) => !excluded.has(one))
        .join(''),
    )
    .filter((type) => type !== '');
}

/** A whole number below `count` (at most 2^31), each as likely: numbers of the last, incomplete round are drawn again. */
function below(ids: Ids, count: number): number {
  const range = 2 ** 32;
  const whole = range - (range % count);
  for (;;) {
    const drawn = Number.parseInt(ids.hex(8), 16);
    if (drawn < whole) return drawn % count;
  }
}

function pick(ids: Ids, from: string): string {
  return from[below(ids, from.length)] ?? '';
}

function shuffled(ids: Ids, items: string[]): readonly string[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = below(ids, last + 1);
    [items[last], items[other]] = [items[other] ?? '', items[last] ?? ''];
  }
  return items;
}
