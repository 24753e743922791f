// Enums: the SDK exports their values, but says only in its type declarations which member uses which.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Every enum that an SDK package exports: name -> values. */
export function enumsOf(sdk) {
  const found = Object.entries(sdk).filter(
    ([key, value]) =>
      /^[A-Z]/.test(key) &&
      typeof value === 'object' &&
      value !== null &&
      Object.values(value).length > 0 &&
      Object.values(value).every((entry) => typeof entry === 'string'),
  );
  return new Map(found.map(([key, value]) => [key, Object.values(value)]));
}

/**
 * Which member is of which enum, from the declarations in `directory`:
 * `links` for members that are the enum, `insides` for `Enum[]` and `Record<Enum, …>` (`key` says which side).
 */
export function enumLinks(directory, enums) {
  const links = new Map();
  const insides = new Map();
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.d.ts'))) {
    const text = readFileSync(join(directory, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
    for (const [, struct, body] of text.matchAll(/export (?:interface|declare class) (\w+)[^{]*\{([\s\S]*?)\n\}/g)) {
      for (const [, member, type] of body.matchAll(/^\s{4}(?:readonly )?(\w+)\??: (.*?);$/gm)) {
        const name = (type.match(/\b[A-Z]\w*\b/g) ?? []).find((candidate) => enums.has(candidate));
        if (name === undefined) continue;
        if (new RegExp(`^${name}( \\| undefined)?$`).test(type)) links.set(`${struct}.${member}`, name);
        else insides.set(`${struct}.${member}`, { name, key: new RegExp(`(Record<|in )${name}\\b`).test(type) });
      }
    }
  }
  return { links, insides };
}
