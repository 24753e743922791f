import { messageOf } from '../../kernel/index.ts';
import { ApiError } from '../session/api-client.ts';
import { retriedText } from '../ways/way-closed.ts';

/** Why a task's secrets could not be had; the text is the user's reason, without what a launch type puts around it. */
export class SecretFailure extends Error {}

/** What stands around the reason of a failure. */
export interface SecretWords {
  noRole(store: 'asm' | 'ssm'): string;
  secret(secretId: string, region: string, error: unknown): string;
  /** @param error what was thrown; undefined: the answer is of no use */
  parameters(region: string, detail: string, error?: unknown): string;
  /** A value that is there and cannot be used. */
  unusable(store: 'asm' | 'ssm', detail: string): string;
  registryAuth(secretId: string, error: unknown): string;
}

const framed =
  'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed';
const retried = retriedText(undefined);
const stores = { asm: 'unable to retrieve secret from asm', ssm: 'unable to retrieve secrets from ssm' } as const;

/** As a stopped FARGATE task says it. https://repost.aws/knowledge-center/ecs-unable-to-pull-secrets */
export const fargateWords: SecretWords = {
  noRole: (store) => `${framed}: ${stores[store]}: the task has no execution role`,
  secret: (secretId, _region, error) =>
    `${framed}: ${stores.asm}: ${retriedText(error)}: failed to fetch secret ${secretId} from secrets manager: ${messageOf(error)}`,
  parameters: (_region, detail, error) => `${framed}: ${stores.ssm}: ${retriedText(error)}: ${detail}`,
  unusable: (store, detail) => `${framed}: ${stores[store]}: ${retried}: ${detail}`,
  registryAuth: (secretId, error) =>
    `${framed}: unable to retrieve registry auth from asm: ${retriedText(error)}: asm fetching secret from the service for ${secretId}: ${messageOf(error)}`,
};

/** As Amazon's agent says it on EC2 and EXTERNAL instances. https://github.com/aws/amazon-ecs-agent, taskresource/asmsecret, ssmsecret */
export const agentWords: SecretWords = {
  noRole: (store) => `${store === 'asm' ? 'ASM' : 'Ssm'} secret resource: unable to find execution role credentials`,
  secret: (secretId, region, error) =>
    error instanceof ApiError && error.code === 'ResourceNotFoundException'
      ? `ResourceInitializationError: The task can't retrieve the secret with ARN '${secretId}' from AWS Secrets Manager. Check that the secret ARN is correct: ${error.message}`
      : `Fetching secret data from AWS Secrets Manager in region ${region}: secret ${secretId}: ${messageOf(error)}`,
  parameters: (region, detail) => `Fetching secret data from SSM Parameter Store in ${region}: ${detail}`,
  unusable: (_store, detail) => `${detail.slice(0, 1).toUpperCase()}${detail.slice(1)}`,
  registryAuth: (secretId, error) => `Asm fetching secret from the service for ${secretId}: ${messageOf(error)}`,
};
