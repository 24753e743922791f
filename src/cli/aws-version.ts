import { findProgram, runCommand } from '../platform/index.ts';

/** Of an AWS CLI. */
export interface AwsVersion {
  readonly major: number;
  readonly minor: number;
  /** Such as `2.9.19`. */
  readonly text: string;
}

/**
 * The first minor versions of the AWS CLI that read AWS_ENDPOINT_URL for every service. Version 1 does since 1.29, but goes to AWS for rds in us-east-1
 * (awscli/customizations/overridesslcommonname.py). https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
const endpointSince: ReadonlyMap<number, number> = new Map([
  [1, Infinity],
  [2, 13],
]);
const timeoutMs = 10_000;

/** Reads what `aws --version` prints: `aws-cli/2.9.19 Python/3.11.2 …`; undefined for other text. */
export function parseAwsVersion(printed: string): AwsVersion | undefined {
  const match = /^aws-cli\/((\d+)\.(\d+)\S*)/m.exec(printed);
  if (match === null) return undefined;
  const [, text = '', major, minor] = match;
  return { major: Number(major), minor: Number(minor), text };
}

/** Whether AWS_ENDPOINT_URL is enough for this version; the AWS CLI of Debian 12 and of Ubuntu 22.04 needs --endpoint-url on every call. */
export function readsEndpointUrl({ major, minor }: AwsVersion): boolean {
  return minor >= (endpointSince.get(major) ?? 0);
}

/** The version of the `aws` in PATH; undefined when there is none or it says nothing. */
export async function installedAws(): Promise<AwsVersion | undefined> {
  const path = await findProgram('aws');
  if (path === undefined) return undefined;
  const lines: string[] = [];
  try {
    await runCommand([path, '--version'], { timeoutMs, onLine: (line) => lines.push(line) });
  } catch {
    // One that does not start is no reason to withhold the variables: the user sees what is wrong with it on first use.
    return undefined;
  }
  return parseAwsVersion(lines.join('\n'));
}
