import { clientException } from '../errors.ts';
import { compatibilityProblems } from './compatibilities.ts';
import { containerProblems } from './container-rules.ts';
import type { Definition, Problems } from './definition.ts';
import { firstProblem } from './definition.ts';
import { dependencyProblems } from './dependency-rules.ts';
import { linuxProblems } from './linux-rules.ts';
import { logProblems } from './log-rules.ts';
import { portProblems } from './port-rules.ts';
import { familyProblems, taskProblems } from './task-rules.ts';
import type { ExpressionCheck } from './task-rules.ts';
import { volumeProblems } from './volume-rules.ts';

/** Everything wrong with a normalised definition, one sentence each, the general before the particular. */
export function* definitionProblems(
  family: string,
  definition: Definition,
  expressionProblem: ExpressionCheck,
): Problems {
  yield* familyProblems(family);
  yield* taskProblems(definition, expressionProblem);
  yield* containerProblems(definition);
  yield* portProblems(definition);
  yield* logProblems(definition);
  yield* linuxProblems(definition);
  yield* volumeProblems(definition);
  yield* dependencyProblems(definition);
  yield* compatibilityProblems(definition);
}

/** @throws ClientException with the first thing that is wrong, as AWS does */
export function assertValid(family: string, definition: Definition, expressionProblem: ExpressionCheck): void {
  const problem = firstProblem(definitionProblems(family, definition, expressionProblem));
  if (problem !== undefined) throw clientException(problem);
}
