import { InvalidArgument } from '../../../../kernel/index.ts';
import { maxPatternMemory, maxPatternNodes, maxPatternSteps } from './limits.ts';
import type { CharacterClass, PatternNode } from './pattern-syntax.ts';
import { readPattern } from './pattern-syntax.ts';

type Step =
  | { readonly kind: 'character'; readonly accepts: CharacterClass }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'accept' }
  | { readonly kind: 'fork'; readonly targets: number[] };

/**
 * A pattern that must match the whole value, as Java's `matches` does. All ways through the pattern advance together, one character at a time
 * (Thompson's construction), so a match costs at most `maxPatternSteps` per character whatever the pattern: there is no backtracking.
 */
export class Pattern {
  readonly #steps: readonly Step[];
  readonly #answers = new Map<string, boolean>();
  // Working memory of a match, kept so that a match allocates nothing.
  #reached: Int32Array;
  #spare: Int32Array;
  #count = 0;
  /** The round in which a step was last reached. */
  readonly #seen: Float64Array;
  #round = 0;
  readonly #open: number[] = [];

  /** @throws InvalidArgument when the pattern cannot be read or is too large */
  constructor(text: string) {
    this.#steps = compile(readPattern(text), text);
    this.#reached = new Int32Array(this.#steps.length);
    this.#spare = new Int32Array(this.#steps.length);
    this.#seen = new Float64Array(this.#steps.length);
  }

  /** Whether the whole of `value` fits the pattern. */
  matches(value: string): boolean {
    const known = this.#answers.get(value);
    if (known !== undefined) return known;
    const answer = this.#run(Array.from(value, (character) => character.codePointAt(0) as number));
    if (this.#answers.size >= maxPatternMemory) this.#answers.clear();
    this.#answers.set(value, answer);
    return answer;
  }

  #run(codePoints: readonly number[]): boolean {
    const { length } = codePoints;
    this.#restart();
    this.#reach(0, 0, length);
    for (let position = 0; position < length; position++) {
      const code = codePoints[position] as number;
      const [present, count] = [this.#reached, this.#count];
      this.#restart();
      for (let index = 0; index < count; index++) {
        const at = present[index] as number;
        const step = this.#steps[at] as Step;
        if (step.kind === 'character' && step.accepts(code)) this.#reach(at + 1, position + 1, length);
      }
      if (this.#count === 0) return false;
    }
    return this.#reached.subarray(0, this.#count).includes(this.#steps.length - 1);
  }

  /** Begins the next set of reached steps, in the other of two buffers. */
  #restart(): void {
    [this.#reached, this.#spare] = [this.#spare, this.#reached];
    this.#count = 0;
    this.#round++;
  }

  /** Adds the steps reached from `from` without reading a character. */
  #reach(from: number, position: number, length: number): void {
    const open = this.#open;
    open.push(from);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (this.#seen[at] === this.#round) continue;
      this.#seen[at] = this.#round;
      const step = this.#steps[at] as Step;
      if (step.kind === 'fork') for (const target of step.targets) open.push(target);
      else if (step.kind === 'character' || step.kind === 'accept') this.#reached[this.#count++] = at;
      else if (position === (step.kind === 'start' ? 0 : length)) open.push(at + 1);
    }
  }
}

function compile(root: PatternNode, text: string): readonly Step[] {
  const steps: Step[] = [];
  let nodes = 0;

  function push(step: Step): void {
    steps.push(step);
    if (steps.length > maxPatternSteps) throw tooLarge();
  }
  function tooLarge(): InvalidArgument {
    return new InvalidArgument(
      `The pattern ${JSON.stringify(text.slice(0, 100))} is too large: with its repetitions written out it has more than ${maxPatternSteps} steps`,
    );
  }
  function fork(): number[] {
    const targets: number[] = [];
    push({ kind: 'fork', targets });
    return targets;
  }
  function emit(node: PatternNode): void {
    // Repetitions of nothing have no steps, yet take time to write out.
    if (++nodes > maxPatternNodes) throw tooLarge();
    if (node.kind === 'sequence') node.parts.forEach(emit);
    else if (node.kind === 'choice') emitChoice(node.parts);
    else if (node.kind === 'repeat') emitRepeat(node.part, node.min, node.max);
    else push(node);
  }
  function emitChoice(parts: readonly PatternNode[]): void {
    const start = fork();
    const exits: number[][] = [];
    for (const part of parts) {
      start.push(steps.length);
      emit(part);
      exits.push(fork());
    }
    for (const exit of exits) exit.push(steps.length);
  }
  function emitRepeat(part: PatternNode, min: number, max: number): void {
    for (let count = 0; count < min; count++) emit(part);
    if (max === Infinity) {
      const at = steps.length;
      const loop = fork();
      loop.push(steps.length);
      emit(part);
      fork().push(at);
      loop.push(steps.length);
      return;
    }
    const exits: number[][] = [];
    for (let count = min; count < max; count++) {
      const option = fork();
      option.push(steps.length);
      exits.push(option);
      emit(part);
    }
    for (const exit of exits) exit.push(steps.length);
  }

  emit(root);
  push({ kind: 'accept' });
  return steps;
}
