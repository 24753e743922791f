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

  /** @throws InvalidArgument when the pattern cannot be read or is too large */
  constructor(text: string) {
    this.#steps = compile(readPattern(text), text);
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
    let present = this.#closure([0], 0, codePoints.length);
    for (const [index, code] of codePoints.entries()) {
      const after: number[] = [];
      for (const at of present) {
        const step = this.#steps[at] as Step;
        if (step.kind === 'character' && step.accepts(code)) after.push(at + 1);
      }
      if (after.length === 0) return false;
      present = this.#closure(after, index + 1, codePoints.length);
    }
    return present.some((at) => this.#steps[at]?.kind === 'accept');
  }

  /** The steps reached from `from` without reading a character. */
  #closure(from: readonly number[], position: number, length: number): number[] {
    const seen = new Uint8Array(this.#steps.length);
    const open = [...from];
    const reached: number[] = [];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen[at] === 1) continue;
      seen[at] = 1;
      const step = this.#steps[at] as Step;
      if (step.kind === 'fork') open.push(...step.targets);
      else if (step.kind === 'character' || step.kind === 'accept') reached.push(at);
      else if (position === (step.kind === 'start' ? 0 : length)) open.push(at + 1);
    }
    return reached;
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
