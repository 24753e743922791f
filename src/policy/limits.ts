/**
 * Bounds of the policy engine. Sizes of kinds of policies are in document/sizes.ts; they are AWS's quotas, these are what keeps one
 * document or request from costing too much.
 */
export const policyLimits = {
  /** Characters of a document that is read at all; IAM's own bound on the parameter PolicyDocument. */
  documentCharacters: 131_072,
  /** Nesting of a document; a whole policy needs six levels. */
  documentDepth: 10,
  /** Characters of a refusal, which quotes the document. */
  messageCharacters: 2_048,
  /** Actions whose candidate statements a policy set remembers; then it forgets them all. */
  rememberedActions: 1_024,
} as const;
