export { secretsManagerService, secretsManagerTables } from './service.ts';
export type { SecretsManagerService } from './service.ts';
