export { ownedSecrets, type OwnedSecrets } from './owned-secrets.ts';
export { secretsManagerService, secretsManagerTables } from './service.ts';
export type { SecretsManagerService } from './service.ts';
