export type { IamDeps } from './core.ts';
export { furnishAccount, linkEcs } from './furnish.ts';
export { Identities, type IdentityPolicies } from './identities/identities.ts';
export { assumableRole, hasPolicy, type AssumableRole } from './role-trust.ts';
export { iamService, iamTables } from './service.ts';
