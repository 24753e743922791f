import { InvalidArgument } from '../../../../kernel/index.ts';
import type { Operator } from './comparison.ts';
import type { InstanceFacts } from './facts.ts';
import { maxQueryDepth, maxQueryLength } from './limits.ts';
import { Scanner } from './scanner.ts';
import type { InstanceTest } from './subject.ts';
import { readComparison } from './subject.ts';

/** Spellings of the operators, longer ones before those they begin with. */
const symbols: readonly (readonly [string, Operator])[] = [
  ['==', '=='],
  ['!=', '!='],
  ['>=', '>='],
  ['<=', '<='],
  ['=~', '=~'],
  ['!~', '!~'],
  ['>', '>'],
  ['<', '<'],
];
const words: readonly (readonly [string, Operator])[] = [
  ['!exists', '!exists'],
  ['!in', '!in'],
  ['equals', '=='],
  ['not_equals', '!='],
  ['greater_than', '>'],
  ['greater_than_equal', '>='],
  ['less_than', '<'],
  ['less_than_equal', '<='],
  ['exists', 'exists'],
  ['not_exists', '!exists'],
  ['in', 'in'],
  ['not_in', '!in'],
  ['matches', '=~'],
  ['not_matches', '!~'],
];

/** An expression of the cluster query language. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html */
export interface ClusterQuery {
  readonly text: string;
  /** Whether the answer depends on the tasks of an instance, so that it may change without the instance changing. */
  readonly dependsOnTasks: boolean;
  matches(instance: InstanceFacts): boolean;
}

/**
 * Reads an expression.
 * @throws InvalidArgument that says where and why it is malformed, or which bound it passes
 */
export function readClusterQuery(text: string): ClusterQuery {
  if (text.length > maxQueryLength)
    throw new InvalidArgument(
      `Invalid cluster query expression: it has ${text.length} characters, at most ${maxQueryLength} are allowed`,
    );
  const parser = new Parser(text);
  const test = parser.whole();
  return { text, dependsOnTasks: parser.dependsOnTasks, matches: test };
}

/** `or` binds loosest, then `and`, then `not`. */
class Parser {
  readonly #scanner: Scanner;
  dependsOnTasks = false;

  constructor(text: string) {
    this.#scanner = new Scanner(text);
  }

  whole(): InstanceTest {
    const test = this.#or(0);
    if (!this.#scanner.atEnd) throw this.#scanner.error('"and", "or" or the end');
    return test;
  }

  #or(depth: number): InstanceTest {
    const parts = [this.#and(depth)];
    while (this.#scanner.takeSymbol('||') || this.#scanner.takeWord('or')) parts.push(this.#and(depth));
    return parts.length === 1 ? (parts[0] as InstanceTest) : (instance) => parts.some((part) => part(instance));
  }

  #and(depth: number): InstanceTest {
    const parts = [this.#not(depth)];
    while (this.#scanner.takeSymbol('&&') || this.#scanner.takeWord('and')) parts.push(this.#not(depth));
    return parts.length === 1 ? (parts[0] as InstanceTest) : (instance) => parts.every((part) => part(instance));
  }

  #not(depth: number): InstanceTest {
    if (depth > maxQueryDepth)
      throw this.#scanner.error(`at most ${maxQueryDepth} parentheses and negations inside one another`);
    if (this.#scanner.takeSymbol('!') || this.#scanner.takeWord('not')) {
      const negated = this.#not(depth + 1);
      return (instance) => !negated(instance);
    }
    if (!this.#scanner.takeSymbol('(')) return this.#comparison();
    const inside = this.#or(depth + 1);
    if (!this.#scanner.takeSymbol(')')) throw this.#scanner.error('")"');
    return inside;
  }

  #comparison(): InstanceTest {
    const subject = this.#scanner.subject();
    if (subject === '') throw this.#scanner.error('a subject such as attribute:ecs.instance-type');
    const operator = this.#operator(subject);
    const comparison = readComparison(subject, operator, this.#arguments(operator));
    this.dependsOnTasks ||= comparison.dependsOnTasks;
    return comparison.test;
  }

  #operator(subject: string): Operator {
    const found =
      symbols.find(([symbol]) => this.#scanner.takeSymbol(symbol)) ??
      words.find(([word]) => this.#scanner.takeWord(word));
    if (found === undefined) throw this.#scanner.error(`an operator after "${subject.slice(0, 140)}"`);
    return found[1];
  }

  #arguments(operator: Operator): readonly string[] {
    if (operator === 'exists' || operator === '!exists') return [];
    if (operator === '=~' || operator === '!~') return [this.#scanner.pattern()];
    if (operator !== 'in' && operator !== '!in') return [this.#scanner.literal()];
    if (!this.#scanner.takeSymbol('[')) throw this.#scanner.error('a list such as [a, b]');
    const list = [this.#scanner.literal()];
    while (this.#scanner.takeSymbol(',')) list.push(this.#scanner.literal());
    if (!this.#scanner.takeSymbol(']')) throw this.#scanner.error('"," or "]"');
    return list;
  }
}
