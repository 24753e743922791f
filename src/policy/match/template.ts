import { syntaxError } from '../malformed-policy.ts';
import { anyCharacter, anyCharacterInPart, anyText, anyTextInPart, globOf } from './glob.ts';
import type { Glob } from './glob.ts';

/** What a request says, by condition key in lower case; a Map is one, so is anything that looks values up when they are asked for. */
export interface Context {
  get(key: string): readonly string[] | undefined;
}

/**
 * A text of a policy with wildcards and policy variables.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export interface Template {
  readonly parts: readonly TemplatePart[];
  /** Keys, in lower case, that must have one value in the request for the statement to mean anything: variables without a default. */
  readonly needs: readonly string[];
  /** Keys, in lower case, of all variables. */
  readonly keys: readonly string[];
}
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'anyText' }
  | { readonly kind: 'anyCharacter' }
  | { readonly kind: 'variable'; readonly key: string; readonly fallback: string | undefined };

export interface TemplateOptions {
  /** `${…}` is a variable: Version 2012-10-17 only; before, it is text. */
  readonly variables: boolean;
  /** `*` and `?` are wildcards. */
  readonly wildcards: boolean;
}

const variablePattern = /^\s*([^\s,'{}$]+)\s*(?:,\s*'([^']*)'\s*)?$/;

/** @throws MalformedPolicy for `${` without an end, or with what is no variable between */
export function readTemplate(text: string, { variables, wildcards }: TemplateOptions): Template {
  const parts: TemplatePart[] = [];
  let literal = '';
  const flush = (): void => {
    if (literal !== '') parts.push({ kind: 'text', text: literal });
    literal = '';
  };
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (wildcards && (char === '*' || char === '?')) {
      flush();
      parts.push({ kind: char === '*' ? 'anyText' : 'anyCharacter' });
    } else if (variables && char === '$' && text[at + 1] === '{') {
      const end = text.indexOf('}', at);
      if (end === -1) throw syntaxError(`a policy variable without an end in "${text}"`);
      const inside = text.slice(at + 2, end);
      if (inside === '*' || inside === '?' || inside === '$') literal += inside;
      else {
        flush();
        parts.push(variableOf(inside, text));
      }
      at = end;
    } else literal += char;
  }
  flush();
  const used = parts.filter((part) => part.kind === 'variable');
  const needs = used.filter(({ fallback }) => fallback === undefined);
  return { parts, needs: keysOf(needs), keys: keysOf(used) };
}

function keysOf(variables: readonly { readonly key: string }[]): readonly string[] {
  return [...new Set(variables.map(({ key }) => key))];
}

function variableOf(inside: string, text: string): TemplatePart {
  const match = variablePattern.exec(inside);
  if (match === null) throw syntaxError(`\${${inside}} is no policy variable, in "${text}"`);
  return { kind: 'variable', key: (match[1] ?? '').toLowerCase(), fallback: match[2] };
}

export function hasVariables(template: Template): boolean {
  return template.keys.length > 0;
}

/**
 * The value of a variable. A key with several values cannot be a variable.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function variableValue(key: string, context: Context): string | undefined {
  const values = context.get(key);
  return values?.length === 1 ? values[0] : undefined;
}

export function needsAreMet(needs: readonly string[], context: Context): boolean {
  for (const key of needs) if (variableValue(key, context) === undefined) return false;
  return true;
}

/** The text of a template without wildcards; call it when needsAreMet. */
export function textOfTemplate(template: Template, context: Context): string {
  let text = '';
  for (const part of template.parts) {
    if (part.kind === 'text') text += part.text;
    if (part.kind === 'variable') text += variableValue(part.key, context) ?? part.fallback ?? '';
  }
  return text;
}

/**
 * How wildcards cross the colons of an ARN:
 * `text`: freely. `resource`: one that ends its part may go on beyond colons, others stay in theirs. `arn`: all stay in their part.
 * In the last part, after the fifth colon, all are free.
 */
export type GlobStyle = 'text' | 'resource' | 'arn';

/** The glob a template means for a request; values of variables are text, wildcards in them are none. Call it when needsAreMet. */
export function globOfTemplate(template: Template, style: GlobStyle, context: Context): Glob {
  const codes: number[] = [];
  for (const part of template.parts) {
    if (part.kind === 'anyText') codes.push(anyText);
    else if (part.kind === 'anyCharacter') codes.push(anyCharacter);
    else {
      const text = part.kind === 'text' ? part.text : (variableValue(part.key, context) ?? part.fallback ?? '');
      for (let at = 0; at < text.length; at++) codes.push(text.charCodeAt(at));
    }
  }
  return globOf(style === 'text' ? codes : bindToParts(codes, style));
}

const noContext: Context = { get: () => undefined };

/** The glob of a template without variables. */
export function staticGlob(template: Template, style: GlobStyle): Glob {
  return globOfTemplate(template, style, noContext);
}

function bindToParts(codes: readonly number[], style: 'resource' | 'arn'): readonly number[] {
  if (codes.length === 1 && codes[0] === anyText) return codes;
  let colons = 0;
  return codes.map((code, index) => {
    if (code === 58) colons++;
    if (colons >= 5) return code;
    if (code === anyCharacter) return anyCharacterInPart;
    if (code !== anyText) return code;
    let after = index + 1;
    while (codes[after] === anyText) after++;
    const endsItsPart = codes[after] === 58 || after === codes.length;
    return style === 'resource' && endsItsPart ? anyText : anyTextInPart;
  });
}
