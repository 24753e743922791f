import type { PayloadContainer } from '../../agent-protocol/index.ts';
import { messageOf, parseArn } from '../../kernel/index.ts';
import { SecretFailure } from '../secrets/failure-texts.ts';
import type { AwsCredentials } from '../session/credentials.ts';
import { retriedText } from '../ways/way-closed.ts';
import type { ObjectSource } from './object-client.ts';
import { readEnvironmentFile } from './read-environment-file.ts';

/** Variables of one container's environment files. */
export type FileEnvironment = Readonly<Record<string, string>>;

export interface FilesResolution {
  readonly source: ObjectSource;
  /** Of the execution role; undefined: the task has none. */
  readonly credentials: AwsCredentials | undefined;
  readonly region: string;
  readonly fargate: boolean;
}

export function needsEnvironmentFiles(containers: readonly PayloadContainer[]): boolean {
  return containers.some(({ environmentFiles = [] }) => environmentFiles.length > 0);
}

/**
 * Fetches every environment file of a task, each once, and lays them over one another: of two files of a container the first one that has a
 * variable wins. @throws SecretFailure with the task's stopped reason
 */
export async function fetchEnvironmentFiles(
  containers: readonly PayloadContainer[],
  resolution: FilesResolution,
): Promise<ReadonlyMap<string, FileEnvironment>> {
  const { credentials, fargate } = resolution;
  if (credentials === undefined) throw new SecretFailure(noRole(fargate));
  const arns = [
    ...new Set(containers.flatMap(({ environmentFiles = [] }) => environmentFiles.map(({ value }) => value))),
  ];
  const settled = await Promise.allSettled(arns.map((arn) => fetchOne(arn, { ...resolution, credentials })));
  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : []));
  if (failures.length > 0) throw new SecretFailure(fargate ? `${framed}: ${failures[0]}` : failures.join(';'));
  const byArn = new Map(arns.map((arn, at) => [arn, valueOf(settled[at])]));
  return new Map(
    containers.map(({ name, environmentFiles = [] }) => [
      name,
      Object.assign({}, ...environmentFiles.map(({ value }) => byArn.get(value)).toReversed()) as FileEnvironment,
    ]),
  );
}

/** As a stopped FARGATE task says it. */
const framed = 'ResourceInitializationError: failed to download env files';

function noRole(fargate: boolean): string {
  return fargate
    ? `${framed}: the task has no execution role`
    : 'environment file resource: unable to find execution role credentials';
}

function valueOf(settled: PromiseSettledResult<FileEnvironment> | undefined): FileEnvironment {
  return settled?.status === 'fulfilled' ? settled.value : {};
}

/** In the words of FARGATE, or in those of Amazon's agent (github.com/aws/amazon-ecs-agent, taskresource/envFiles). */
async function fetchOne(
  arn: string,
  how: FilesResolution & { readonly credentials: AwsCredentials },
): Promise<FileEnvironment> {
  const { fargate } = how;
  const [bucket = '', ...rest] = (parseArn(arn)?.resource ?? '').split('/');
  const key = rest.join('/');
  const failed = (ofAgent: string, error: unknown): SecretFailure =>
    new SecretFailure(
      fargate ? `${retriedText(error)}: ${messageOf(error)}` : `${ofAgent}, error: ${messageOf(error)}`,
    );
  if (bucket === '' || key === '')
    throw new SecretFailure(`unable to parse bucket and key from s3 ARN specified in environmentFile ${arn}`);
  const { region } = how;
  try {
    await how.source.ask({ operation: 'GetBucketLocation', bucket }, { credentials: how.credentials, region });
  } catch (error) {
    throw failed(`unable to initialize s3 client for bucket ${bucket}`, error);
  }
  try {
    if (fargate)
      await how.source.ask({ operation: 'HeadObject', bucket, key }, { credentials: how.credentials, region });
    const bytes = await how.source.ask(
      { operation: 'GetObject', bucket, key },
      { credentials: how.credentials, region },
    );
    return readEnvironmentFile(bytes, fargate);
  } catch (error) {
    throw failed(`unable to download env file with key ${key} from bucket ${bucket}`, error);
  }
}
