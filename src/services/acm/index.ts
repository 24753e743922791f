export type { AcmDeps } from './core.ts';
export type * from './ports.ts';
export { acmService, acmTables, sealedCertificates, servableCertificates } from './service.ts';
export type { ServableCertificate, ServableCertificates } from './service.ts';
