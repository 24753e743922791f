/**
 * Characters that AWS's quotas allow, white space not counted.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
 */
export const policySizes = {
  managed: 6_144,
  /** All inline policies of one together. */
  userInline: 2_048,
  roleInline: 10_240,
  groupInline: 5_120,
  /** Of a role; the quota may be raised to trustMost. */
  trust: 2_048,
  trustMost: 4_096,
  /** Of all session policies of a call together, white space counted. */
  session: 2_048,
} as const;

/** Characters of a document that are not white space. */
export function policySize(text: string): number {
  return text.replaceAll(/\s+/g, '').length;
}

export type SizedPolicy =
  | { readonly of: 'managed' }
  | { readonly of: 'trust'; readonly quota?: number }
  | { readonly of: 'user' | 'role' | 'group'; readonly name: string };

/**
 * IAM's sentence (code LimitExceeded) when documents are too large together; undefined when they are not. Pass one document for a
 * managed or trust policy, and all inline policies that an identity will have.
 */
export function sizeFault(policy: SizedPolicy, documents: readonly string[]): string | undefined {
  const size = documents.reduce((sum, text) => sum + policySize(text), 0);
  switch (policy.of) {
    case 'managed':
      return size > policySizes.managed ? `Cannot exceed quota for PolicySize: ${policySizes.managed}` : undefined;
    case 'trust': {
      const quota = policy.quota ?? policySizes.trust;
      return size > quota ? `Cannot exceed quota for ACLSizePerRole: ${quota}` : undefined;
    }
    default: {
      const most = { user: policySizes.userInline, role: policySizes.roleInline, group: policySizes.groupInline }[
        policy.of
      ];
      return size > most ? `Maximum policy size of ${most} bytes exceeded for ${policy.of} ${policy.name}` : undefined;
    }
  }
}
