/**
 * A member of the JSON object that a secret's value is, as Amazon's agent puts it into a variable: a text as it is, anything else
 * as Go prints it.
 * @returns undefined when the object has no such member
 * @throws SyntaxError when the value is no JSON object; its message holds nothing of the value
 */
export function jsonMember(value: string, key: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    // The parser's message quotes the value, which is secret.
    throw new SyntaxError('the value is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new SyntaxError('the value is not a JSON object');
  return Object.hasOwn(parsed, key) ? printed((parsed as Record<string, unknown>)[key]) : undefined;
}

function printed(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map(printed).join(' ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `map[${members.map(([name, one]) => `${name}:${printed(one)}`).join(' ')}]`;
}
