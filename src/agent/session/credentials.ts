export type { AwsCredentials } from '../../control-plane-client/index.ts';
