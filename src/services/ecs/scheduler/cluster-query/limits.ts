/** Characters of an expression: AWS's bound for PlacementConstraint.expression. */
export const maxQueryLength = 2_000;
/** Parentheses and negations inside one another. */
export const maxQueryDepth = 32;
/** Groups inside one another in a pattern. */
export const maxPatternDepth = 16;
/** Steps a pattern compiles to, repetitions written out: the cost of each character it is compared with. */
export const maxPatternSteps = 128;
/** Different values a pattern remembers its answer for. */
export const maxPatternMemory = 1_024;
/** Parts of a pattern, repetitions written out; above `maxPatternSteps` because parts such as `()` are no step. */
export const maxPatternNodes = 2_000;
