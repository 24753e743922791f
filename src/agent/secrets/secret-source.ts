import type { ApiClient } from '../session/api-client.ts';
import type { AwsCredentials } from '../session/credentials.ts';

export interface SecretQuestion {
  /** An ARN. */
  readonly secretId: string;
  readonly versionStage?: string | undefined;
  readonly versionId?: string | undefined;
}

export interface ReadParameters {
  /** Value by the name that was asked for. */
  readonly values: ReadonlyMap<string, string>;
  readonly invalid: readonly string[];
}

/** Where secret values come from; the execution role's credentials sign every question, so the server decides what may be read. */
export interface SecretSource {
  /** @returns undefined when the value is binary @throws ApiError, Unavailable */
  secret(
    asked: SecretQuestion,
    as: { readonly credentials: AwsCredentials; readonly region: string },
  ): Promise<string | undefined>;
  /** At most ten names. @throws ApiError, Unavailable */
  parameters(
    names: readonly string[],
    as: { readonly credentials: AwsCredentials; readonly region: string },
  ): Promise<ReadParameters>;
}

/** Secrets Manager and Parameter Store at the control plane's endpoint. */
export class SecretApi implements SecretSource {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async secret(
    { secretId, versionStage, versionId }: SecretQuestion,
    as: { readonly credentials: AwsCredentials; readonly region: string },
  ): Promise<string | undefined> {
    const answer = await this.#client.call({
      service: 'secretsmanager',
      target: 'secretsmanager.GetSecretValue',
      input: {
        SecretId: secretId,
        ...(versionStage === undefined ? {} : { VersionStage: versionStage }),
        ...(versionId === undefined ? {} : { VersionId: versionId }),
      },
      ...as,
    });
    const { SecretString: text } = answer;
    return typeof text === 'string' ? text : undefined;
  }

  async parameters(
    names: readonly string[],
    as: { readonly credentials: AwsCredentials; readonly region: string },
  ): Promise<ReadParameters> {
    const answer = await this.#client.call({
      service: 'ssm',
      target: 'AmazonSSM.GetParameters',
      input: { Names: names, WithDecryption: true },
      ...as,
    });
    const values = new Map<string, string>();
    for (const { Name = '', ARN = '', Selector = '', Value = '' } of (answer['Parameters'] ?? []) as Record<
      string,
      string
    >[])
      for (const name of [`${Name}${Selector}`, `${ARN}${Selector}`]) if (names.includes(name)) values.set(name, Value);
    return { values, invalid: (answer['InvalidParameters'] ?? []) as readonly string[] };
  }
}
